package dev.varve.server.dispatch;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.CommandMemory;
import java.util.Locale;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells which command a request asks for and whether it may run: the checks that all commands
 * share, in Redis's order. Safe for use by many threads.
 */
public final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final int QUOTED_BYTES = 128;
  private static final byte[] POST = {'P', 'O', 'S', 'T'};
  private static final byte[] HOST = {'H', 'O', 'S', 'T', ':'};

  private final CommandTable commands;
  private final LongSupplier clock;
  private final QueuedRequests.Memory queueMemory;

  private final LogLimit attacks = new LogLimit();

  /**
   * Makes a dispatcher over a table.
   *
   * @param clock milliseconds that never go back
   * @param queueMemory where what is queued since MULTI has its memory from
   */
  public Dispatcher(CommandTable commands, LongSupplier clock, QueuedRequests.Memory queueMemory) {
    this.commands = commands;
    this.clock = clock;
    this.queueMemory = queueMemory;
  }

  /**
   * Returns the command to execute; or null, when an error has been written to {@code reply} that
   * answers the request, when it is queued as part of a transaction, which is answered, too, or
   * when the session is to be closed without an answer.
   */
  public CommandSpec route(Session session, Request request, ReplySink reply) {
    CommandSpec command = commands.find(request);
    if (command == null) {
      if (isHttp(request)) {
        abort(session);
      } else {
        refuse(session, null, unknown(request), reply);
      }
      return null;
    }
    // EXEC ends the transaction even then, and says so itself.
    if (!command.accepts(request.argumentCount()) && !command.isExec()) {
      refuse(
          session,
          command,
          "ERR wrong number of arguments for '" + command.fullName() + "' command",
          reply);
      return null;
    }
    if (!session.authenticated() && !command.is(CommandFlag.NO_AUTH)) {
      refuse(session, command, "NOAUTH Authentication required.", reply);
      return null;
    }
    QueuedRequests queued = session.queued();
    if (queued != null && !command.endsQueueing()) {
      queue(session, queued, command, request, reply);
      return null;
    }
    return command;
  }

  /** Answers with an error. In a transaction, EXEC will refuse the whole then. */
  private static void refuse(Session session, CommandSpec command, String error, ReplySink reply) {
    if (command != null) {
      command.statistics().rejected();
    }
    if (session.queued() != null) {
      session.queued().abort();
    }
    boolean exec = command != null && command.isExec();
    reply.error(exec ? "EXECABORT Transaction discarded because of: " + error : error);
  }

  private void queue(
      Session session,
      QueuedRequests queued,
      CommandSpec command,
      Request request,
      ReplySink reply) {
    if (command.is(CommandFlag.NO_MULTI)) {
      refuse(session, command, "ERR Command not allowed inside a transaction", reply);
    } else if (queued.add(command, request, queueMemory)) {
      reply.simpleString("QUEUED");
    } else {
      refuse(session, command, CommandMemory.REFUSAL, reply);
    }
  }

  /** Whether a line of an HTTP request is taken for a command. */
  private static boolean isHttp(Request request) {
    return request.equalsIgnoreCase(0, POST) || request.equalsIgnoreCase(0, HOST);
  }

  /**
   * Closes a connection that speaks HTTP: a browser may have been tricked into opening it, and
   * commands could hide in the request's body.
   */
  private void abort(Session session) {
    session.requestCloseNow();
    attacks.log(
        clock.getAsLong(),
        more ->
            LOG.warn(
                "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host: "
                    + "commands to this server, likely by cross-protocol scripting, to compromise "
                    + "it. The connection from {} was aborted.{}",
                session.remoteAddress(),
                more));
  }

  private String unknown(Request request) {
    CommandSpec container = commands.container(request);
    if (container != null) {
      return "ERR unknown subcommand '"
          + quoted(request, 1, QUOTED_BYTES)
          + "'. Try "
          + container.name().toUpperCase(Locale.ROOT)
          + " HELP.";
    }
    StringBuilder arguments = new StringBuilder();
    for (int i = 1; i < request.argumentCount() && arguments.length() < QUOTED_BYTES; i++) {
      String quoted = quoted(request, i, QUOTED_BYTES - arguments.length());
      arguments.append('\'').append(quoted).append("' ");
    }
    return "ERR unknown command '"
        + quoted(request, 0, QUOTED_BYTES)
        + "', with args beginning with: "
        + arguments;
  }

  /** Returns an argument's beginning as C's {@code %.*s} prints it: up to a zero byte. */
  private static String quoted(Request request, int index, int bytes) {
    int length = Math.min(request.argumentLength(index), bytes);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      byte next = request.buffer().getByte(request.argumentOffset(index) + i);
      if (next == 0) {
        break;
      }
      text.append((char) (next & 0xFF));
    }
    return text.toString();
  }
}
