package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import dev.varve.server.dispatch.KeySpec.KeyConsumer;
import dev.varve.server.dispatch.KeySpec.KeyFinder;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * All that there is to know of a command: what COMMAND, ACL rules, routing and the manual need.
 * Immutable once built, but for its counters.
 */
public final class CommandSpec {
  private static final Set<String> NOT_QUEUED =
      Set.of("exec", "discard", "multi", "watch", "quit", "reset");
  private static final Set<String> FOR_SUBSCRIBERS =
      Set.of(
          "ping",
          "quit",
          "reset",
          "subscribe",
          "unsubscribe",
          "psubscribe",
          "punsubscribe",
          "ssubscribe",
          "sunsubscribe");
  private static final KeyConsumer NOWHERE = (index, flags) -> {};

  private final String name;
  private final String fullName;
  private final int arity;
  private final Set<CommandFlag> flags;
  private final Set<AclCategory> categories;
  private final List<String> tips;
  private final List<KeySpec> keySpecs;
  private final KeyFinder keyFinder;
  private final int soleKey;
  private final int bitOffset;
  private final int firstMember;
  private final int memberStep;
  private final boolean touching;
  private final Predicate<Request> replicating;
  private final CommandGroup group;
  private final List<Argument> arguments;
  private final List<CommandSpec> subcommands;
  private final Execution execution;
  private final boolean endsQueueing;
  private final boolean forSubscribers;
  private final CommandHandler handler;
  private final CommandStatistics statistics = new CommandStatistics();
  private int number;

  private CommandSpec(Builder from, String container) {
    name = from.name;
    fullName = container == null ? name : container + "|" + name;
    arity = from.arity;
    flags = Collections.unmodifiableSet(EnumSet.copyOf(from.flags));
    categories = Collections.unmodifiableSet(withImplied(from.categories, flags));
    tips = List.of(from.tips);
    keySpecs = List.copyOf(from.keySpecs);
    keyFinder = from.keyFinder;
    touching = from.touching;
    replicating = from.replicating;
    soleKey = soleKeyOf(keySpecs);
    bitOffset = from.bitOffset;
    firstMember = from.firstMember;
    memberStep = from.memberStep;
    group = from.group;
    arguments = List.of(from.arguments);
    List<CommandSpec> built = new ArrayList<>();
    for (Builder subcommand : from.subcommands) {
      built.add(new CommandSpec(subcommand, name));
    }
    subcommands = List.copyOf(built);
    execution = from.execution;
    endsQueueing = NOT_QUEUED.contains(fullName);
    forSubscribers = FOR_SUBSCRIBERS.contains(fullName);
    handler = from.handler;
  }

  private static int soleKeyOf(List<KeySpec> specs) {
    return specs.size() == 1
            && !specs.getFirst().is(KeyFlag.NOT_KEY)
            && !specs.getFirst().is(KeyFlag.INCOMPLETE)
            && specs.getFirst().begin() instanceof KeySpec.AtIndex(int index)
            && specs.getFirst().find() instanceof KeySpec.InRange(int last, _, _)
            && last == 0
        ? index
        : 0;
  }

  private static Set<AclCategory> withImplied(Set<AclCategory> said, Set<CommandFlag> flags) {
    EnumSet<AclCategory> all = EnumSet.copyOf(said);
    if (flags.contains(CommandFlag.WRITE)) {
      all.add(AclCategory.WRITE);
    }
    if (flags.contains(CommandFlag.READONLY) && !said.contains(AclCategory.SCRIPTING)) {
      all.add(AclCategory.READ);
    }
    if (flags.contains(CommandFlag.ADMIN)) {
      all.add(AclCategory.ADMIN);
      all.add(AclCategory.DANGEROUS);
    }
    if (flags.contains(CommandFlag.PUBSUB)) {
      all.add(AclCategory.PUBSUB);
    }
    if (flags.contains(CommandFlag.BLOCKING)) {
      all.add(AclCategory.BLOCKING);
    }
    all.add(flags.contains(CommandFlag.FAST) ? AclCategory.FAST : AclCategory.SLOW);
    return all;
  }

  /** Begins a command; of a subcommand, {@code name} is its own name only. */
  public static Builder command(
      String name, int arity, CommandGroup group, Execution execution, CommandHandler handler) {
    return new Builder(name, arity, group, execution, handler);
  }

  /** Returns its number among all commands and subcommands of the server, from 0 on. */
  public int number() {
    return number;
  }

  /** Sets its number: only {@link CommandTable} does, before anybody sees the table. */
  void number(int value) {
    number = value;
  }

  /** Returns the name in lower case, without that of a container. */
  public String name() {
    return name;
  }

  /** Returns the name with that of the container: {@code client|list}. */
  public String fullName() {
    return fullName;
  }

  /** Returns how many arguments it takes, with the name; negative: at least so many. */
  public int arity() {
    return arity;
  }

  /** Returns whether it takes so many arguments, with the name. */
  public boolean accepts(int argumentCount) {
    return arity >= 0 ? argumentCount == arity : argumentCount >= -arity;
  }

  /** Returns its flags. */
  public Set<CommandFlag> flags() {
    return flags;
  }

  /** Returns whether it has a flag. */
  public boolean is(CommandFlag flag) {
    return flags.contains(flag);
  }

  /** Returns its ACL categories, those that follow from flags included. */
  public Set<AclCategory> categories() {
    return categories;
  }

  /** Returns hints for clients and proxies. */
  public List<String> tips() {
    return tips;
  }

  /** Returns where its keys are. */
  public List<KeySpec> keySpecs() {
    return keySpecs;
  }

  /** Returns the chapter it belongs to. */
  public CommandGroup group() {
    return group;
  }

  /** Returns its arguments for the manual. */
  public List<Argument> arguments() {
    return arguments;
  }

  /** Returns its subcommands; empty if it is no container. */
  public List<CommandSpec> subcommands() {
    return subcommands;
  }

  /** Returns where it runs. */
  public Execution execution() {
    return execution;
  }

  /** Returns whether it is EXEC. */
  public boolean isExec() {
    return name.equals("exec");
  }

  /**
   * Returns whether it is refused when no more writes are taken: it may change keys, or has the
   * engine's writer do something. What only may call such commands doesn't need them.
   */
  public boolean needsWrites() {
    return execution == Execution.WRITE && (is(CommandFlag.WRITE) || is(CommandFlag.ADMIN));
  }

  /** Returns whether it is DEBUG; SCRIPT DEBUG isn't. */
  public boolean isDebug() {
    return fullName.equals("debug");
  }

  /** Returns whether it is never queued after MULTI, but runs at once. */
  public boolean endsQueueing() {
    return endsQueueing;
  }

  /** Returns whether it may be sent by RESP2 from a connection that subscribes to channels. */
  public boolean isForSubscribers() {
    return forSubscribers;
  }

  /**
   * Returns whether, in a transaction, it runs when all that touch keys have run and count: it
   * touches none, and more than its own connection; or its answer follows from what the connection
   * subscribes to by then.
   */
  public boolean runsAfterTransaction() {
    return (execution == Execution.LOOP || execution == Execution.OWN_LOOP)
        && (group != CommandGroup.CONNECTION || is(CommandFlag.ADMIN) || fullName.equals("ping"));
  }

  /** Returns what it does; a container that does nothing by itself has none: null. */
  public CommandHandler handler() {
    return handler;
  }

  /** Returns how often it ran. */
  public CommandStatistics statistics() {
    return statistics;
  }

  /** Returns whether its keys are given as arguments: channels are none. */
  public boolean hasKeys() {
    return keySpecs.stream().anyMatch(keys -> !keys.is(KeyFlag.NOT_KEY));
  }

  /** Whether a Redis may tell its replicas of a request: it changes something, or may do so. */
  public boolean mayReplicate(Request request) {
    return is(CommandFlag.WRITE) || replicating.test(request);
  }

  /** Whether it uses its keys, so that they aren't idle any more. */
  public boolean isTouching() {
    return touching;
  }

  /**
   * Returns which argument, the name being 0, is the only key, whatever the others are; 0: there is
   * no such one.
   */
  public int soleKey() {
    return soleKey;
  }

  /**
   * Returns which argument is the place of the only bit that is looked at of the {@link #soleKey};
   * 0: there is no such one.
   */
  public int bitOffset() {
    return bitOffset;
  }

  /**
   * Returns which argument is the first member or field that is looked at of the {@link #soleKey};
   * 0: there is none. It is a hint: with some options it may be another.
   */
  public int firstMember() {
    return firstMember;
  }

  /** Returns how many arguments there are from one member to the next; 0: there is but one. */
  public int memberStep() {
    return memberStep;
  }

  /**
   * Hands the index of each key among a request's arguments to {@code action}, with what is done
   * with it, in the order of the key specs.
   *
   * @param offset index of the command's name: 0 unless the request is about another command
   * @return whether the arguments can be ones of this command; if not, none was handed over
   */
  public boolean forEachKey(Request request, int offset, KeyConsumer action) {
    if (!accepts(request.argumentCount() - offset)) {
      return false;
    }
    return keyFinder != null
        ? keyFinder.forEachKey(request, offset, action)
        : forEachSpecifiedKey(request, offset, action);
  }

  /** As {@link #forEachKey}, of what the key specs alone say, even where they don't say all. */
  public boolean forEachSpecifiedKey(Request request, int offset, KeyConsumer action) {
    if (keySpecs.size() == 1 && !keySpecs.getFirst().is(KeyFlag.NOT_KEY)) {
      return keySpecs.getFirst().forEachKey(request, offset, action);
    }
    for (int i = 0; i < keySpecs.size(); i++) {
      KeySpec keys = keySpecs.get(i);
      if (!keys.is(KeyFlag.NOT_KEY) && !keys.forEachKey(request, offset, NOWHERE)) {
        return false;
      }
    }
    for (int i = 0; i < keySpecs.size(); i++) {
      KeySpec keys = keySpecs.get(i);
      if (!keys.is(KeyFlag.NOT_KEY)) {
        keys.forEachKey(request, offset, action);
      }
    }
    return true;
  }

  /**
   * As {@link #forEachKey}, by its own way to find keys alone, whatever the number of arguments;
   * false if it has none.
   */
  public boolean findKeys(Request request, int offset, KeyConsumer action) {
    return keyFinder != null && keyFinder.forEachKey(request, offset, action);
  }

  @Override
  public String toString() {
    return fullName;
  }

  /** Collects what there is to say of a command. */
  public static final class Builder {
    private final String name;
    private final int arity;
    private final CommandGroup group;
    private final Execution execution;
    private final CommandHandler handler;
    private final EnumSet<CommandFlag> flags = EnumSet.noneOf(CommandFlag.class);
    private final EnumSet<AclCategory> categories = EnumSet.noneOf(AclCategory.class);
    private String[] tips = {};
    private final List<KeySpec> keySpecs = new ArrayList<>();
    private KeyFinder keyFinder;
    private int bitOffset;
    private int firstMember;
    private int memberStep;
    private boolean touching = true;
    private Predicate<Request> replicating = _ -> false;
    private Argument[] arguments = {};
    private Builder[] subcommands = {};

    private Builder(
        String name, int arity, CommandGroup group, Execution execution, CommandHandler handler) {
      this.name = name;
      this.arity = arity;
      this.group = group;
      this.execution = execution;
      this.handler = handler;
    }

    /** Adds flags. */
    public Builder flags(CommandFlag... values) {
      flags.addAll(List.of(values));
      return this;
    }

    /** Adds ACL categories beside those that follow from flags. */
    public Builder categories(AclCategory... values) {
      categories.addAll(List.of(values));
      return this;
    }

    /** Sets hints for clients and proxies. */
    public Builder tips(String... values) {
      tips = values;
      return this;
    }

    /** Adds a range of keys that begins at an argument, see {@link KeySpec}. */
    public Builder keys(int first, int last, int step, KeyFlag... values) {
      return keysWithNotes(null, first, last, step, values);
    }

    /** Adds a place where keys are that has notes. */
    public Builder keysWithNotes(String notes, int first, int last, int step, KeyFlag... values) {
      return keys(notes, new KeySpec.AtIndex(first), new KeySpec.InRange(last, step, 0), values);
    }

    /** Adds a place where keys are. */
    public Builder keys(String notes, KeySpec.Begin begin, KeySpec.Find find, KeyFlag... values) {
      EnumSet<KeyFlag> all = EnumSet.noneOf(KeyFlag.class);
      all.addAll(List.of(values));
      keySpecs.add(new KeySpec(notes, Collections.unmodifiableSet(all), begin, find));
      return this;
    }

    /** Says which argument is the place of the only bit that is looked at of the only key. */
    public Builder bitOffset(int argument) {
      bitOffset = argument;
      return this;
    }

    /** Says which argument is the only member or field that is looked at of the only key. */
    public Builder member(int argument) {
      return members(argument, 0);
    }

    /**
     * Says which arguments are members or fields of the only key: one of so many, from the first
     * one on.
     */
    public Builder members(int first, int step) {
      firstMember = first;
      memberStep = step;
      return this;
    }

    /** Has keys found by {@code finder}, where the places that were added don't say it all. */
    public Builder keyFinder(KeyFinder finder) {
      keyFinder = finder;
      return this;
    }

    /**
     * Says which of its requests a Redis may tell its replicas of, though it isn't one that writes.
     */
    public Builder replicating(Predicate<Request> which) {
      replicating = which;
      return this;
    }

    /** Says that to ask something about a key is not to use it. */
    public Builder notTouching() {
      touching = false;
      return this;
    }

    /** Sets the arguments for the manual. */
    public Builder arguments(Argument... values) {
      arguments = values;
      return this;
    }

    /** Makes it a container of these. */
    public Builder subcommands(Builder... values) {
      subcommands = values;
      return this;
    }

    /** The command. */
    public CommandSpec build() {
      return new CommandSpec(this, null);
    }
  }
}
