package dev.varve.server.acl;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringTokenizer;

/** A selector that rules are applied to. */
final class SelectorDraft {
  private final KnownCommands known;
  private final Bits allowed;
  private boolean futureCommands;
  private final Map<CommandSpec, List<String>> firstArguments = new HashMap<>();
  private boolean allKeys;
  private boolean allChannels;
  private final List<KeyPattern> keys = new ArrayList<>();
  private final List<KeyPattern> channels = new ArrayList<>();

  /** Begins with nothing, but for all channels if so. */
  SelectorDraft(KnownCommands known, boolean allChannels) {
    this.known = known;
    this.allowed = Bits.of(known.size());
    this.allChannels = allChannels;
  }

  SelectorDraft(Selector from) {
    known = from.known();
    allowed = from.allowed().copy();
    futureCommands = from.futureCommands();
    from.firstArguments().forEach((k, v) -> firstArguments.put(k, new ArrayList<>(v)));
    allKeys = from.allKeys();
    allChannels = from.allChannels();
    keys.addAll(from.keys());
    channels.addAll(from.channels());
  }

  KnownCommands known() {
    return known;
  }

  Bits allowed() {
    return allowed;
  }

  boolean futureCommands() {
    return futureCommands;
  }

  Map<CommandSpec, List<String>> firstArguments() {
    return firstArguments;
  }

  boolean allKeys() {
    return allKeys;
  }

  boolean allChannels() {
    return allChannels;
  }

  List<KeyPattern> keys() {
    return keys;
  }

  List<KeyPattern> channels() {
    return channels;
  }

  Selector build() {
    return new Selector(this);
  }

  /** Makes a selector of rules in parentheses. */
  static Selector of(KnownCommands known, boolean allChannels, String rules)
      throws BadRuleException {
    SelectorDraft draft = new SelectorDraft(known, allChannels);
    StringTokenizer words =
        new StringTokenizer(rules.substring(1, rules.length() - 1), " \t\r\n\f\u000b");
    while (words.hasMoreTokens()) {
      draft.apply(words.nextToken());
    }
    return draft.build();
  }

  /** Applies a rule. */
  void apply(String rule) throws BadRuleException {
    // Words end where they would in C.
    int end = rule.indexOf('\0');
    String word = end < 0 ? rule : rule.substring(0, end);
    switch (word.toLowerCase(Locale.ROOT)) {
      case "allkeys", "~*" -> keys(true);
      case "resetkeys" -> keys(false);
      case "allchannels", "&*" -> channels(true);
      case "resetchannels" -> channels(false);
      case "allcommands", "+@all" -> commands(true);
      case "nocommands", "-@all" -> commands(false);
      default -> applyOther(rule, word);
    }
  }

  private void keys(boolean all) {
    allKeys = all;
    keys.clear();
  }

  private void channels(boolean all) {
    allChannels = all;
    channels.clear();
  }

  private void commands(boolean all) {
    allowed.fill(known.size(), all);
    futureCommands = all;
    firstArguments.clear();
  }

  private void applyOther(String rule, String word) throws BadRuleException {
    switch (word.isEmpty() ? ' ' : word.charAt(0)) {
      case '~' -> addKeys(rule.substring(1), true, true);
      case '%' -> addDividedKeys(rule);
      case '&' -> addChannels(rule.substring(1));
      case '+' -> {
        if (word.startsWith("+@")) {
          change(word.substring(2), true);
        } else {
          allow(word.substring(1));
        }
      }
      case '-' -> {
        if (word.startsWith("-@")) {
          change(word.substring(2), false);
        } else {
          set(command(word.substring(1)), false);
        }
      }
      default -> throw new BadRuleException(BadRuleException.SYNTAX);
    }
  }

  private void addDividedKeys(String rule) throws BadRuleException {
    checkNotAll();
    boolean read = false;
    boolean write = false;
    int at = 1;
    while (at < rule.length() && rule.charAt(at) != '~') {
      char letter = Character.toUpperCase(rule.charAt(at++));
      if (letter == 'R' && !read) {
        read = true;
      } else if (letter == 'W' && !write) {
        write = true;
      } else {
        throw new BadRuleException(BadRuleException.SYNTAX);
      }
    }
    if (!read && !write) {
      throw new BadRuleException(BadRuleException.SYNTAX);
    }
    addKeys(rule.substring(Math.min(rule.length(), at + 1)), read, write);
  }

  private void checkNotAll() throws BadRuleException {
    if (allKeys) {
      throw new BadRuleException(BadRuleException.ALL_KEYS);
    }
  }

  private void addKeys(String pattern, boolean read, boolean write) throws BadRuleException {
    checkNotAll();
    if (UserRules.hasBlanks(pattern)) {
      throw new BadRuleException(BadRuleException.SYNTAX);
    }
    for (int i = 0; i < keys.size(); i++) {
      KeyPattern earlier = keys.get(i);
      if (earlier.text().equals(pattern)) {
        keys.set(i, new KeyPattern(pattern, earlier.read() || read, earlier.write() || write));
        return;
      }
    }
    keys.add(new KeyPattern(pattern, read, write));
  }

  private void addChannels(String pattern) throws BadRuleException {
    if (allChannels) {
      throw new BadRuleException(BadRuleException.ALL_CHANNELS);
    }
    if (UserRules.hasBlanks(pattern)) {
      throw new BadRuleException(BadRuleException.SYNTAX);
    }
    if (channels.stream().noneMatch(channel -> channel.text().equals(pattern))) {
      channels.add(new KeyPattern(pattern, true, true));
    }
  }

  private CommandSpec command(String fullName) throws BadRuleException {
    CommandSpec command = known.find(fullName);
    if (command == null) {
      throw new BadRuleException(BadRuleException.UNKNOWN);
    }
    return command;
  }

  private void allow(String name) throws BadRuleException {
    int bar = name.lastIndexOf('|');
    if (bar < 0) {
      set(command(name), true);
      return;
    }
    CommandSpec command = command(name.substring(0, bar));
    String argument = name.substring(bar + 1);
    if (command.fullName().indexOf('|') >= 0) {
      throw new BadRuleException(BadRuleException.FIRST_ARGUMENT);
    }
    if (argument.isEmpty()) {
      throw new BadRuleException(BadRuleException.SYNTAX);
    }
    if (!command.subcommands().isEmpty()) {
      set(command(name), true);
      return;
    }
    List<String> arguments = firstArguments.computeIfAbsent(command, _ -> new ArrayList<>());
    if (arguments.stream().noneMatch(argument::equalsIgnoreCase)) {
      arguments.add(argument);
    }
  }

  /** Allows a command and its subcommands, or doesn't. */
  void set(CommandSpec command, boolean in) {
    allowed.set(command.number(), in);
    firstArguments.remove(command);
    for (CommandSpec subcommand : command.subcommands()) {
      allowed.set(subcommand.number(), in);
    }
  }

  private void change(String category, boolean in) throws BadRuleException {
    AclCategory its = KnownCommands.category(category);
    if (its == null) {
      throw new BadRuleException(BadRuleException.UNKNOWN);
    }
    change(its, in);
  }

  /** Allows all commands of a category, or doesn't. */
  void change(AclCategory category, boolean in) {
    for (CommandSpec command : known.all()) {
      if (command.categories().contains(category)) {
        set(command, in);
      }
    }
  }
}
