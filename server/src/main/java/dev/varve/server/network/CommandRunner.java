package dev.varve.server.network;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SlowCommands;
import dev.varve.server.writer.CommandFailures;
import dev.varve.storage.ReadView;
import io.netty.buffer.Unpooled;
import java.util.function.LongSupplier;

/**
 * Executes commands that write nothing, on one thread, and counts what it executes. Whatever goes
 * wrong in a command becomes its reply.
 */
final class CommandRunner {
  private final CommandContext context;
  private final ReplyWriter reply;

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
   * @return false if the disk is needed, which {@code mayRead} forbids; nothing has been replied
   * @throws OutOfMemoryError if there is no room for the reply; nothing has been replied
   */
  boolean runRead(
      Session session, CommandSpec spec, Request request, ReadView view, boolean mayRead) {
    context.bind(session, spec, request, reply, session.database());
    int mark = reply.mark();
    try {
      context.keyspace().bindRead(view, mayRead, session.database(), runMillis);
      spec.handler().execute(context);
      context.keyspace().tellMisses();
    } catch (ReadNeeded e) {
      reply.rollBack(mark);
      return false;
    } catch (RuntimeException e) {
      answerFailure(spec, mark, e);
    } catch (OutOfMemoryError e) {
      reply.rollBack(mark);
      throw e;
    } finally {
      context.keyspace().unbind();
    }
    return true;
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

  /** Counts an execution, which has just ended, and has it noted if it was slow, and shown. */
  void ran(Session session, CommandSpec spec, Request request) {
    if (spec != counted) {
      countRun(lastEnded);
      counted = spec;
    }
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
