package dev.varve.server.acl;

import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Denial;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec.KeyConsumer;
import dev.varve.server.dispatch.Users;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Commands, and the keys and channels that they may have. Immutable. */
final class Selector {
  /** Heap of one beside its patterns and first arguments. */
  private static final int BYTES = 256;

  /** Heap of a first argument beside its bytes. */
  private static final int ARGUMENT_BYTES = 96;

  private final KnownCommands known;
  private final Bits allowed;

  /** Whether it began with all commands, those to come included. */
  private final boolean futureCommands;

  /** The first arguments with which commands are allowed that aren't allowed otherwise. */
  private final Map<CommandSpec, List<String>> firstArguments;

  private final boolean allCommands;
  private final boolean allKeys;
  private final boolean allChannels;
  private final KeyPattern[] keys;

  /** Whether for some key it matters what is done with it. */
  private final boolean dividesKeys;

  private final KeyPattern[] channels;

  Selector(SelectorDraft draft) {
    known = draft.known();
    allowed = draft.allowed().copy();
    futureCommands = draft.futureCommands();
    firstArguments =
        draft.firstArguments().entrySet().stream()
            .collect(
                Collectors.toUnmodifiableMap(Map.Entry::getKey, e -> List.copyOf(e.getValue())));
    allCommands = allowed.count() == known.size();
    allKeys = draft.allKeys();
    allChannels = draft.allChannels();
    keys = draft.keys().toArray(KeyPattern[]::new);
    channels = draft.channels().toArray(KeyPattern[]::new);
    boolean divides = false;
    for (KeyPattern key : keys) {
      divides |= !key.isForAll();
    }
    dividesKeys = divides;
  }

  KnownCommands known() {
    return known;
  }

  /** Returns about how much heap it takes. */
  long bytes() {
    long bytes = BYTES + (long) known.size() / Byte.SIZE;
    for (KeyPattern key : keys) {
      bytes += key.bytes();
    }
    for (KeyPattern channel : channels) {
      bytes += channel.bytes();
    }
    for (List<String> arguments : firstArguments.values()) {
      for (String argument : arguments) {
        bytes += ARGUMENT_BYTES + argument.length();
      }
    }
    return bytes;
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
    return List.of(keys);
  }

  List<KeyPattern> channels() {
    return List.of(channels);
  }

  boolean allowsAll() {
    return allCommands && allKeys && allChannels;
  }

  /** Why a command may not be run; null: it may. */
  Denial denial(CommandSpec command, Request request, int offset) {
    if (!allCommands
        && !allowed.has(command.number())
        && !command.is(CommandFlag.NO_AUTH)
        && !allowsFirstArgument(command, request, offset)) {
      return new Denial(Denial.Kind.COMMAND, 0);
    }
    if (!allKeys && known.hasKeys(command)) {
      int denied = deniedKey(command, request, offset);
      return denied == 0 ? null : new Denial(Denial.Kind.KEY, denied);
    }
    return allChannels || !known.hasChannels(command)
        ? null
        : channelDenial(command, request, offset);
  }

  /** The first key that isn't allowed; 0: all are. */
  private int deniedKey(CommandSpec command, Request request, int offset) {
    int sole = known.soleKey(command, request, offset);
    if (sole > 0 && !dividesKeys) {
      return allowsKey(request, sole, false, false) ? 0 : sole;
    }
    if (sole > 0 && known.hasOneUse(command)) {
      boolean reads = known.readsSoleKey(command);
      return allowsKey(request, sole, reads, known.writesSoleKey(command)) ? 0 : sole;
    }
    KeyCheck check = new KeyCheck(request);
    known.forEachKey(command, request, offset, check);
    return check.denied;
  }

  private boolean allowsFirstArgument(CommandSpec command, Request request, int offset) {
    List<String> arguments = firstArguments.get(command);
    if (arguments == null || request.argumentCount() - offset < 2) {
      return false;
    }
    for (String argument : arguments) {
      byte[] word = argument.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
      if (request.equalsIgnoreCase(offset + 1, word)) {
        return true;
      }
    }
    return false;
  }

  /** Looks for a key that isn't allowed. */
  private final class KeyCheck implements KeyConsumer {
    private final Request request;

    /** The first one; 0: none so far. */
    private int denied;

    KeyCheck(Request request) {
      this.request = request;
    }

    @Override
    public void accept(int index, Set<KeyFlag> flags) {
      if (denied == 0) {
        boolean reads = KnownCommands.reads(flags);
        denied = allowsKey(request, index, reads, KnownCommands.writes(flags)) ? 0 : index;
      }
    }
  }

  private boolean allowsKey(Request request, int index, boolean reads, boolean writes) {
    for (KeyPattern key : keys) {
      if (key.allows(reads, writes) && key.matches(request, index)) {
        return true;
      }
    }
    return false;
  }

  private Denial channelDenial(CommandSpec command, Request request, int offset) {
    int count = KnownCommands.channelCount(command, request, offset);
    boolean patterns = KnownCommands.areChannelPatterns(command);
    for (int index = offset + 1; index <= offset + count; index++) {
      if (!allowsChannel(request.argumentBytes(index), patterns)) {
        return new Denial(Denial.Kind.CHANNEL, index);
      }
    }
    return null;
  }

  /** Whether a channel may be used, or subscribed to by a pattern: that has to be the same one. */
  boolean allowsChannel(byte[] name, boolean isPattern) {
    if (allChannels) {
      return true;
    }
    for (KeyPattern channel : channels) {
      if (isPattern
          ? channel.text().equals(new String(name, StandardCharsets.ISO_8859_1))
          : channel.matches(name)) {
        return true;
      }
    }
    return false;
  }

  /** Whether any key may be read. */
  boolean allowsReadingAll() {
    if (allKeys) {
      return true;
    }
    for (KeyPattern key : keys) {
      if (key.read() && key.isStar()) {
        return true;
      }
    }
    return false;
  }

  Users.Rules describe() {
    String keyRules =
        allKeys ? "~*" : keys().stream().map(KeyPattern::toString).collect(Collectors.joining(" "));
    String channelRules =
        allChannels
            ? "&*"
            : channels().stream().map(c -> "&" + c.text()).collect(Collectors.joining(" "));
    return new Users.Rules(CommandRules.describe(this), keyRules, channelRules);
  }

  /** As a configuration file says it. */
  String line() {
    Users.Rules its = describe();
    StringBuilder line = new StringBuilder();
    if (!its.keys().isEmpty()) {
      line.append(its.keys()).append(' ');
    }
    line.append(allChannels ? "" : "resetchannels ");
    if (!its.channels().isEmpty()) {
      line.append(its.channels()).append(' ');
    }
    return line.append(its.commands()).toString();
  }
}
