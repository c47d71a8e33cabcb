package dev.varve.server.network;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
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

  private final LongSupplier clock;
  private long runMillis;

  /**
   * @param clock milliseconds that never go back
   * @param growth is asked before a reply becomes a large one
   */
  CommandRunner(CommandContext context, LongSupplier clock, ReplyWriter.Growth growth) {
    this.context = context;
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
    runMillis = clock.getAsLong();
  }

  /** Returns the monotone time when the run began: that of all its commands. */
  long runMillis() {
    return runMillis;
  }

  /** Counts an execution. */
  void ran(CommandSpec spec) {
    if (spec != counted) {
      endRun();
      counted = spec;
    }
    count++;
  }

  /** Hands what was counted to the commands' statistics. */
  void endRun() {
    if (count > 0) {
      long now = System.nanoTime();
      counted.statistics().called(count, now - since);
      since = now;
      count = 0;
    }
    counted = null;
  }
}
