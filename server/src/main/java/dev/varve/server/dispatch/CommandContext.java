package dev.varve.server.dispatch;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.datatype.hyperloglog.HyperLogLog;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.datatype.zset.SortedSetValue;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a command works with. Each thread that executes commands has one and binds it anew for each
 * command, so that nothing is allocated. Not thread-safe.
 */
public final class CommandContext {
  private final Services services;
  private final Keyspace keyspace;
  private Session session;
  private CommandSpec spec;
  private Request request;
  private ReplySink reply;

  /** What {@link #reply} is, unless it goes nowhere. */
  private ReplyWriter writer;

  private int database;

  /** Null until a command on hashes has run here. */
  private HashValue hash;

  /** Null until a command on sets has run here. */
  private SetValue set;

  /** Null until a command on sorted sets has run here. */
  private SortedSetValue sortedSet;

  /** Null until a command that makes a sorted set of others has run here. */
  private SortedSetValue sortedSetToStore;

  /** Null until a command on lists has run here. */
  private ListValue list;

  /** Null until a command on strings has run here. */
  private StringValue string;

  /** Null until a command on HyperLogLogs has run here. */
  private HyperLogLog hyperLogLog;

  /** Null until a command on streams has run here. */
  private StreamValue stream;

  /** What scripts run in; null until one has run here. */
  private Object scripts;

  /** Whether what runs is a command that a script calls. */
  private boolean withinScript;

  /** Which argument is the key that the command has waited for; 0: it has not waited. */
  private int readyArgument;

  /** What it has waited for; null: it has not waited. */
  private Blocked waited;

  private final List<Runnable> effects = new ArrayList<>();
  private final List<Ran> ran = new ArrayList<>();

  /**
   * A command that ran within a transaction.
   *
   * @param request what it was; null if nobody wants to know when the whole counts
   * @param nanos how long it took
   * @param error the code of its error; null: it had none
   */
  private record Ran(CommandSpec spec, Request request, long nanos, String error) {}

  /** Makes a context whose keyspace is {@code keyspace}, bound and unbound by its thread. */
  public CommandContext(Services services, Keyspace keyspace) {
    this.services = services;
    this.keyspace = keyspace;
  }

  /**
   * Makes this the context of one command.
   *
   * @param database index of the database that was selected when the request was routed: a later
   *     SELECT of the same connection may already have run when a queued command does
   */
  public void bind(
      Session session, CommandSpec spec, Request request, ReplyWriter reply, int database) {
    this.session = session;
    this.spec = spec;
    this.request = request;
    this.reply = reply;
    this.writer = reply;
    this.database = database;
    this.readyArgument = 0;
    this.waited = null;
    this.withinScript = false;
    forgetEffects();
  }

  /** Makes this the context of a rehearsal of one command, whose reply goes nowhere. */
  public void bindRehearsal(Session scratch, CommandSpec spec, Request request, int database) {
    bind(scratch, spec, request, null, database);
    reply = NoReply.INSTANCE;
  }

  /** Returns whether this is for nothing but what the command reads. */
  public boolean isRehearsal() {
    return writer == null;
  }

  // Waiting

  /**
   * Returns whether the command may wait: not as part of a transaction or script, where it answers
   * as if it had waited in vain.
   */
  public boolean mayBlock() {
    return session.queued() == null && !withinScript;
  }

  /**
   * Has the command wait until one of the keys has been put; to be thrown. It will be run again,
   * with that key as its {@link #readyArgument}.
   *
   * @param first the first argument that is a key
   * @param last the last
   * @param timeoutMillis for how long at most; 0: for ever
   * @param family what kind of value it waits for
   * @param takes whether it takes away what it waits for, so that those after it needn't be asked
   *     if it finds nothing
   * @param timedOut its answer when it has waited for so long
   */
  public Blocked block(
      int first,
      int last,
      long timeoutMillis,
      EventClass family,
      boolean takes,
      Consumer<ReplySink> timedOut) {
    List<Blocked.Key> keys = new ArrayList<>();
    for (int i = first; i <= last; i++) {
      keys.add(new Blocked.Key(i, request.argumentBytes(i)));
    }
    return new Blocked(keys, timeoutMillis, family, takes, timedOut);
  }

  /**
   * Returns which argument is the key that has been put since the command waits: it is to look at
   * no other one. 0: it has not waited.
   */
  public int readyArgument() {
    return readyArgument;
  }

  /**
   * Says which key has been put since the command waits.
   *
   * @param what what it has waited for; null, and 0 the argument: it has not waited
   */
  public void ready(int argument, Blocked what) {
    readyArgument = argument;
    waited = what;
  }

  /** Returns what the command has waited for, by its own words; null: it has not waited. */
  public Blocked waited() {
    return waited;
  }

  // What a command brings about beside its reply and what it changes of keys

  /**
   * Has something done on the storage thread once the command counts: after its changes have been
   * appended. One that is given up, to run again, has none.
   */
  public void effect(Runnable action) {
    effects.add(action);
  }

  /** Forgets what the command wants to be done. */
  public void forgetEffects() {
    if (!effects.isEmpty() || !ran.isEmpty()) {
      effects.clear();
      ran.clear();
    }
  }

  /** Has done what the command wants to be done. */
  public void takeEffect() {
    if (effects.isEmpty()) {
      return;
    }
    List<Runnable> actions = List.copyOf(effects);
    effects.clear();
    actions.forEach(Runnable::run);
    ran.forEach(this::count);
    ran.clear();
  }

  private void count(Ran each) {
    SlowCommands slow = services.slowCommands();
    each.spec().statistics().called(1, each.nanos(), slow.isDistributed());
    if (each.error() != null) {
      each.spec().statistics().failed();
      services.errors().add(each.error(), 1);
    }
    if (each.request() != null) {
      if (slow.isSlow(each.nanos())) {
        slow.note(session, each.spec(), each.request(), each.nanos());
      }
      if (services.monitors().isAny()) {
        services.monitors().show(session, each.spec(), each.request());
      }
    }
  }

  // Commands within a transaction

  /**
   * Runs one of many commands in the transaction that this context is bound to. One that fails is
   * answered with its error, and leaves no change behind; those before it stay.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if memory can't answer: the whole is given up
   */
  public void runQueued(CommandSpec next, Request its) {
    keyspace.bindNext(session.database());
    run(
        next,
        its,
        failure -> {
          keyspace.rollBack();
          return services.failureLine(next, failure);
        });
  }

  /** Runs one that touches no keys, when all that do have run. */
  private void runServerCommand(CommandSpec next, Request its) {
    run(next, its, failure -> services.failureLine(next, failure));
  }

  private void run(CommandSpec next, Request its, Function<RuntimeException, String> failed) {
    spec = next;
    request = its;
    database = session.database();
    int mark = isRehearsal() ? 0 : writer.mark();
    long began = isRehearsal() ? 0 : services.slowCommands().nanoTime();
    if (!isRehearsal()) {
      services.trackedReads().rememberAsWriter(session, next, its);
    }
    try {
      next.handler().execute(this);
    } catch (ReadNeeded | Misses.NoMemory | NeedsRole e) {
      throw e;
    } catch (RuntimeException e) {
      if (isRehearsal()) {
        endOfRehearsal(e);
        return;
      }
      writer.rollBack(mark);
      writer.error(failed.apply(e));
    }
    if (!isRehearsal()) {
      ran(next, its, mark, began);
    }
  }

  /** Returns what scripts run in on this context's thread, made by the first one. */
  public <T> T scripts(Class<T> type, Supplier<T> maker) {
    if (scripts == null) {
      scripts = maker.get();
    }
    return type.cast(scripts);
  }

  /** Returns whether what runs is a command that a script calls. */
  public boolean isWithinScript() {
    return withinScript;
  }

  /**
   * Runs a command that the script calls which this context's command is. One that throws leaves no
   * change behind; those before it stay.
   *
   * @param its where its reply goes
   */
  public void runWithinScript(CommandSpec next, Request arguments, ReplySink its) {
    if (!isRehearsal()) {
      services.trackedReads().rememberAsWriter(session, next, arguments);
    }
    CommandSpec outerSpec = spec;
    Request outerRequest = request;
    ReplySink outerReply = reply;
    keyspace.bindNext(session.database());
    spec = next;
    request = arguments;
    reply = its;
    database = session.database();
    withinScript = true;
    try {
      next.handler().execute(this);
    } catch (ReadNeeded | Misses.NoMemory | NeedsRole e) {
      throw e;
    } catch (RuntimeException e) {
      keyspace.rollBack();
      throw e;
    } finally {
      withinScript = false;
      spec = outerSpec;
      request = outerRequest;
      reply = outerReply;
    }
  }

  /** Takes back what the command has replied so far. */
  public void rollBackReply(int mark) {
    writer.rollBack(mark);
  }

  private void ran(CommandSpec command, Request its, int mark, long began) {
    ByteBuf replies = writer.output();
    boolean failed = replies.writerIndex() > mark && replies.getByte(mark) == '-';
    SlowCommands slow = services.slowCommands();
    long nanos = slow.nanoTime() - began;
    boolean isShown = slow.isSlow(nanos) || services.monitors().isAny();
    Request kept = isShown ? its.copy() : null;
    String error = failed ? ErrorStatistics.codeOf(replies, mark) : null;
    ran.add(new Ran(command, kept, nanos, error));
  }

  /** A command that fails doesn't end the rehearsal of those after it, but want of room does. */
  private void endOfRehearsal(RuntimeException e) {
    if (!(e instanceof CommandException || e instanceof WrongTypeException)) {
      throw e;
    }
    keyspace.rollBack();
  }

  /**
   * Runs commands that touch no keys once the transaction counts, and puts their replies where they
   * belong among those of the others.
   */
  public void answerLater(List<ServerCommand> commands) {
    ByteBuf out = writer.output();
    int first = commands.getFirst().mark();
    ByteBuf rest = null;
    try {
      rest = out.copy(first, out.writerIndex() - first);
      out.writerIndex(first);
      for (int i = 0; i < commands.size(); i++) {
        ServerCommand command = commands.get(i);
        runServerCommand(command.spec(), command.request());
        int end = i + 1 < commands.size() ? commands.get(i + 1).mark() - first : rest.writerIndex();
        out.writeBytes(rest, end - rest.readerIndex());
      }
    } catch (OutOfMemoryError e) {
      throw new IllegalStateException("no memory for the reply of a transaction that is done", e);
    } finally {
      if (rest != null) {
        rest.release();
      }
    }
  }

  /**
   * A command that touches no keys, in a transaction.
   *
   * @param mark where in the reply its own belongs
   */
  public record ServerCommand(CommandSpec spec, Request request, int mark) {}

  /** Returns where in the output the reply has come to; not in a rehearsal. */
  public int replyMark() {
    return writer.mark();
  }

  /** Returns the command's arguments, the first of which is its name. */
  public Request request() {
    return request;
  }

  /** Returns where the reply goes. */
  public ReplySink reply() {
    return reply;
  }

  /** Returns the connection; null in a step that no client asked for. */
  public Session session() {
    return session;
  }

  /** Returns the command that is executed: of a container, the subcommand. */
  public CommandSpec spec() {
    return spec;
  }

  /** Returns the index of the selected database. */
  public int database() {
    return database;
  }

  /** Returns the keys, for commands that are not {@link Execution#LOOP}. */
  public Keyspace keyspace() {
    return keyspace;
  }

  /** Returns the hash that the keyspace's current key holds, once it is found there. */
  public HashValue hash() {
    if (hash == null) {
      hash = new HashValue(keyspace, services.config().collectionLimits());
    }
    return hash;
  }

  /** Returns the set that the keyspace's current key holds, once it is found there. */
  public SetValue set() {
    if (set == null) {
      set = new SetValue(keyspace, services.config().collectionLimits());
    }
    return set;
  }

  /** Returns the sorted set that the keyspace's current key holds, once it is found there. */
  public SortedSetValue sortedSet() {
    if (sortedSet == null) {
      sortedSet =
          new SortedSetValue(keyspace, services.config().collectionLimits(), services.storage());
    }
    return sortedSet;
  }

  /** Returns another one, for what comes of {@link #sortedSet}. */
  public SortedSetValue sortedSetToStore() {
    if (sortedSetToStore == null) {
      sortedSetToStore =
          new SortedSetValue(keyspace, services.config().collectionLimits(), services.storage());
    }
    return sortedSetToStore;
  }

  /** Returns the list that the keyspace's current key holds, once it is found there. */
  public ListValue list() {
    if (list == null) {
      list = new ListValue(keyspace, services.config().collectionLimits());
    }
    return list;
  }

  /** Returns the string that the keyspace's current key holds, once it is found there. */
  public StringValue string() {
    if (string == null) {
      string =
          new StringValue(
              keyspace, services.config().collectionLimits(), services.config()::maxValueBytes);
    }
    return string;
  }

  /** Returns what a string is loaded into that is taken for a HyperLogLog. */
  public HyperLogLog hyperLogLog() {
    if (hyperLogLog == null) {
      hyperLogLog = new HyperLogLog();
    }
    return hyperLogLog;
  }

  /** Returns the stream that the keyspace's current key holds, once it is found there. */
  public StreamValue stream() {
    if (stream == null) {
      stream = new StreamValue(keyspace, services.config().collectionLimits());
    }
    return stream;
  }

  /** Returns the rest of the server. */
  public Services services() {
    return services;
  }

  /**
   * Runs the command. One that throws leaves neither a reply nor a change behind: a {@link
   * CommandException} is answered with its error, everything else is for the caller.
   */
  public void execute() {
    int mark = writer.mark();
    try {
      spec.handler().execute(this);
    } catch (CommandException | WrongTypeException refused) {
      rollBack(mark);
      reply.error(refused.getMessage());
    } catch (RuntimeException | Error failure) {
      rollBack(mark);
      throw failure;
    }
  }

  private void rollBack(int mark) {
    writer.rollBack(mark);
    keyspace.rollBack();
  }

  /** Changes the connection's protocol, beginning with the reply to this command. */
  public void switchProtocol(ProtocolVersion version) {
    session.protocol(version);
    if (writer != null) {
      writer.version(version);
    }
  }

  /** Makes an argument the keyspace's current key, in the database of an index. */
  public void selectKeyIn(int index, int argument) {
    keyspace.selectIn(
        index,
        request.buffer(),
        request.argumentOffset(argument),
        request.argumentLength(argument));
    touchKey();
  }

  /** Makes an argument the keyspace's current key. */
  public void selectKey(int argument) {
    keyspace.select(
        request.buffer(), request.argumentOffset(argument), request.argumentLength(argument));
    touchKey();
  }

  private void touchKey() {
    if (spec.isTouching()) {
      keyspace.touch();
    }
  }
}
