package dev.varve.server.network;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SlowCommands;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.StorageThread;
import dev.varve.server.writer.StorageThread.Outcome;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.function.LongPredicate;
import java.util.function.LongSupplier;

/**
 * Executes commands that write nothing, on one thread, and counts what it executes. Whatever goes
 * wrong in a command becomes its reply.
 */
final class CommandRunner {
  /**
   * Bytes of one command's reply from which on it is sent piece by piece. It is asked for when a
   * buffer doubles, beside the replies to what was before it: at a megabyte, or a little earlier.
   */
  private static final int LARGE_REPLY = 768 << 10;

  /** How much a command may read where it is executed. */
  enum Extent {
    /** What is in memory, and few elements. */
    MEMORY,
    /** The disk, too, and not so many elements that other reads would wait for long. */
    BRIEFLY,
    /** Everything. */
    AT_LENGTH
  }

  /** Where others wait no copies of long values are made. */
  static final LongPredicate NO_MEMORY = _ -> false;

  private final CommandContext context;
  private final ReplyWriter reply;
  private final Limit limit = new Limit();

  // A run of executions of the same command, counted together.
  private CommandSpec counted;
  private long count;
  private long since;

  private final SlowCommands slow;
  private final Monitors monitors;
  private final LongSupplier clock;
  private long runMillis;

  /** When the last command ended, or the run began. */
  private long lastEnded;

  /**
   * @param slow notes commands that were slow
   * @param monitors are shown all commands
   * @param clock milliseconds that never go back
   * @param growth is asked before a reply becomes a large one
   */
  CommandRunner(
      CommandContext context,
      SlowCommands slow,
      Monitors monitors,
      LongSupplier clock,
      ReplyWriter.Growth growth) {
    this.context = context;
    this.slow = slow;
    this.monitors = monitors;
    this.reply = new ReplyWriter(Unpooled.EMPTY_BUFFER, ProtocolVersion.RESP2, growth);
    this.clock = clock;
  }

  /** Returns the writer, which goes to {@code part} now. */
  ReplyWriter replyTo(ReplyPart part, Session session) {
    reply.output(part.bytes());
    reply.version(session.protocol());
    return reply;
  }

  /**
   * Executes a command that touches no keys.
   *
   * @throws OutOfMemoryError if there is no room for the reply; nothing has been replied
   */
  void runLocal(Session session, CommandSpec spec, Request request) {
    comesTo(spec);
    context.bind(session, spec, request, reply, session.database());
    int mark = reply.mark();
    try {
      spec.handler().execute(context);
    } catch (RuntimeException e) {
      answerFailure(spec, mark, e);
    } catch (OutOfMemoryError e) {
      reply.rollBack(mark);
      throw e;
    }
  }

  /**
   * Executes a command that reads keys.
   *
   * @param extent how much it may read
   * @param memory is asked before so many bytes of heap are taken for copies of values
   * @return false if it belongs on another thread, as it needs to read more, or much memory where
   *     the disk mustn't be read; nothing has been replied
   * @throws NeedsStream if the reply becomes a large one; nothing has been replied
   * @throws Misses.NoMemory if there is no memory for copies now; nothing has been replied
   * @throws OutOfMemoryError if there is no room for the reply; nothing has been replied
   */
  boolean runRead(
      Session session,
      CommandSpec spec,
      Request request,
      ReadView view,
      Extent extent,
      LongPredicate memory) {
    comesTo(spec);
    context.bind(session, spec, request, reply, session.database());
    int mark = reply.mark();
    boolean mayRead = extent != Extent.MEMORY;
    try {
      limitReply(session, spec, mayRead);
      context.keyspace().bindRead(view, mayRead, memory, session.database(), runMillis);
      if (extent == Extent.BRIEFLY) {
        context.keyspace().transaction().beBrief();
      }
      spec.handler().execute(context);
      context.keyspace().tellMisses();
    } catch (ReadNeeded _) {
      reply.rollBack(mark);
      return false;
    } catch (NeedsStream | Misses.NoMemory e) {
      reply.rollBack(mark);
      throw e;
    } catch (RuntimeException e) {
      answerFailure(spec, mark, e);
    } catch (OutOfMemoryError e) {
      reply.rollBack(mark);
      throw e;
    } finally {
      reply.outlet(null);
      context.keyspace().unbind();
    }
    return true;
  }

  /**
   * Executes a command that reads keys, and whose reply is sent while it is computed.
   *
   * @param stream takes the reply
   * @param memory is asked before so many bytes of heap are taken for copies of values
   * @throws Misses.NoMemory if there is no memory for copies now
   * @throws RuntimeException if it failed when something had been sent already
   */
  void runStreamed(
      Session session,
      CommandSpec spec,
      Request request,
      ReadView view,
      ReplyStream stream,
      LongPredicate memory) {
    context.bind(session, spec, request, reply, session.database());
    int mark = reply.mark();
    reply.outlet(stream);
    try {
      context.keyspace().bindRead(view, true, memory, session.database(), runMillis);
      spec.handler().execute(context);
      context.keyspace().tellMisses();
    } catch (RuntimeException e) {
      if (stream.hasSent()) {
        throw e;
      }
      if (e instanceof Misses.NoMemory) {
        reply.rollBack(mark);
        throw e;
      }
      answerFailure(spec, mark, e);
    } finally {
      reply.outlet(null);
      context.keyspace().unbind();
      // That the client takes its time doesn't make the command a slow one.
      lastEnded += stream.waitedNanos();
      since += stream.waitedNanos();
    }
  }

  /**
   * Storage thread: as {@link StorageThread#execute}, with this thread's reply and time; a read
   * whose reply becomes large needs the read pool.
   */
  Outcome runAsWriter(
      StorageThread storage, Session session, CommandSpec spec, Request request, Misses misses) {
    comesTo(spec);
    limitReply(session, spec, false);
    try {
      return storage.execute(session, spec, request, reply, misses, runMillis);
    } finally {
      reply.outlet(null);
    }
  }

  private void limitReply(Session session, CommandSpec spec, boolean onReadPool) {
    if (spec.execution() == Execution.READ && session.replyMode() == Session.ReplyMode.ON) {
      limit.mark = reply.mark();
      limit.onReadPool = onReadPool;
      reply.outlet(limit);
    }
  }

  /** Has a command whose reply becomes large given up, to run where that does no harm. */
  private static final class Limit implements ReplyWriter.Outlet {
    private int mark;
    private boolean onReadPool;

    @Override
    public ByteBuf next(ByteBuf full, int needed, boolean held) {
      if (full.writerIndex() - mark < LARGE_REPLY) {
        return full;
      }
      if (onReadPool) {
        throw new NeedsStream();
      }
      throw ReadNeeded.INSTANCE;
    }

    @Override
    public boolean takes() {
      return false;
    }
  }

  private void answerFailure(CommandSpec spec, int mark, RuntimeException e) {
    reply.rollBack(mark);
    reply.error(CommandFailures.line(spec, e));
  }

  /**
   * Begins to measure. What is executed until the next run must have been received by now: its
   * clients have then seen nothing that is later than {@link #runMillis}.
   */
  void beginRun() {
    since = System.nanoTime();
    lastEnded = since;
    runMillis = clock.getAsLong();
  }

  /** Returns the monotone time when the run began: that of all its commands. */
  long runMillis() {
    return runMillis;
  }

  /** What ran before has been counted when another command begins: it may tell of it. */
  private void comesTo(CommandSpec spec) {
    if (spec != counted) {
      countRun(lastEnded);
      counted = spec;
    }
  }

  /** Counts an execution, which has just ended, and has it noted if it was slow, and shown. */
  void ran(Session session, CommandSpec spec, Request request) {
    comesTo(spec);
    count++;
    long now = System.nanoTime();
    if (slow.isSlow(now - lastEnded)) {
      slow.note(session, spec, request, now - lastEnded);
    }
    lastEnded = now;
    if (monitors.isAny()) {
      monitors.show(session, spec, request);
    }
  }

  /** As {@link #ran}, of an execution elsewhere. */
  void ranElsewhere(Session session, CommandSpec spec, Request request, long nanos) {
    spec.statistics().called(1, nanos, slow.isDistributed());
    if (slow.isSlow(nanos)) {
      slow.note(session, spec, request, nanos);
    }
    if (monitors.isAny()) {
      monitors.show(session, spec, request);
    }
  }

  /** Hands what was counted to the commands' statistics. */
  void endRun() {
    countRun(lastEnded);
    counted = null;
  }

  private void countRun(long ended) {
    if (count > 0) {
      counted.statistics().called(count, ended - since, slow.isDistributed());
      since = ended;
      count = 0;
    }
  }
}
