package dev.varve.server.acl;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A user's rules that others are applied to. */
final class UserRulesDraft {
  private static final Pattern HASH = Pattern.compile("[0-9a-f]{64}");

  private final KnownCommands known;

  /** Whether a selector begins with all channels. */
  private final boolean allChannels;

  private boolean enabled;
  private boolean needsNoPassword;
  private boolean skipsSanitizing;
  private boolean sanitizes;
  private final List<String> passwords = new ArrayList<>();
  private SelectorDraft root;
  private final List<Selector> others = new ArrayList<>();

  /** Begins with a user who may do nothing, not even log in. */
  UserRulesDraft(KnownCommands known, boolean allChannels) {
    this.known = known;
    this.allChannels = allChannels;
    this.root = new SelectorDraft(known, allChannels);
  }

  UserRulesDraft(UserRules from, KnownCommands known, boolean allChannels) {
    this.known = known;
    this.allChannels = allChannels;
    enabled = from.enabled();
    needsNoPassword = from.needsNoPassword();
    skipsSanitizing = from.flags().contains("skip-sanitize-payload");
    sanitizes = from.flags().contains("sanitize-payload");
    passwords.addAll(from.passwords());
    others.addAll(from.selectors());
    root = new SelectorDraft(others.removeFirst());
  }

  boolean enabled() {
    return enabled;
  }

  boolean needsNoPassword() {
    return needsNoPassword;
  }

  List<String> flags() {
    List<String> flags = new ArrayList<>();
    flags.add(enabled ? "on" : "off");
    if (needsNoPassword) {
      flags.add("nopass");
    }
    if (skipsSanitizing) {
      flags.add("skip-sanitize-payload");
    }
    if (sanitizes) {
      flags.add("sanitize-payload");
    }
    return flags;
  }

  List<String> passwords() {
    return passwords;
  }

  List<Selector> selectors() {
    List<Selector> all = new ArrayList<>();
    all.add(root.build());
    all.addAll(others);
    return all;
  }

  UserRules build() {
    return new UserRules(this);
  }

  /** Applies a rule. */
  void apply(String rule) throws BadRuleException {
    if (rule.isEmpty()) {
      return;
    }
    int end = rule.indexOf('\0');
    String word = end < 0 ? rule : rule.substring(0, end);
    switch (word.toLowerCase(Locale.ROOT)) {
      case "on" -> enabled = true;
      case "off" -> enabled = false;
      case "skip-sanitize-payload" -> sanitizes(false);
      case "sanitize-payload" -> sanitizes(true);
      case "nopass" -> {
        needsNoPassword = true;
        passwords.clear();
      }
      case "resetpass" -> {
        needsNoPassword = false;
        passwords.clear();
      }
      case "clearselectors" -> others.clear();
      case "reset" -> reset();
      default -> applyOther(rule);
    }
  }

  private void sanitizes(boolean does) {
    sanitizes = does;
    skipsSanitizing = !does;
  }

  private void reset() {
    needsNoPassword = false;
    passwords.clear();
    root = new SelectorDraft(known, allChannels);
    enabled = false;
    sanitizes(true);
    others.clear();
  }

  private void applyOther(String rule) throws BadRuleException {
    switch (rule.charAt(0)) {
      case '>' -> addPassword(UserRules.hash(bytes(rule)));
      case '#' -> addPassword(checked(rule.substring(1)));
      case '<' -> removePassword(UserRules.hash(bytes(rule)));
      case '!' -> removePassword(checked(rule.substring(1)));
      case '(' -> {
        if (!rule.endsWith(")")) {
          throw new BadRuleException(BadRuleException.SYNTAX);
        }
        others.add(SelectorDraft.of(known, allChannels, rule));
      }
      default -> root.apply(rule);
    }
  }

  private static byte[] bytes(String rule) {
    return rule.substring(1).getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String checked(String hash) throws BadRuleException {
    if (!HASH.matcher(hash).matches()) {
      throw new BadRuleException(BadRuleException.HASH);
    }
    return hash;
  }

  private void addPassword(String hash) {
    if (!passwords.contains(hash)) {
      passwords.add(hash);
    }
    needsNoPassword = false;
  }

  private void removePassword(String hash) throws BadRuleException {
    if (!passwords.remove(hash)) {
      throw new BadRuleException(BadRuleException.NO_PASSWORD);
    }
  }
}
