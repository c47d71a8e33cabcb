package dev.varve.server.dispatch;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import java.util.Locale;

/**
 * Tells which command a request asks for and whether it may run: the checks that all commands
 * share, in Redis's order. Safe for use by many threads.
 */
public final class Dispatcher {
  private static final int QUOTED_BYTES = 128;

  private final CommandTable commands;

  /** Makes a dispatcher over a table. */
  public Dispatcher(CommandTable commands) {
    this.commands = commands;
  }

  /**
   * Returns the command to execute; or null, when an error has been written to {@code reply} that
   * answers the request.
   */
  public CommandSpec route(Session session, Request request, ReplySink reply) {
    CommandSpec command = commands.find(request);
    if (command == null) {
      reply.error(unknown(request));
      return null;
    }
    if (!command.accepts(request.argumentCount())) {
      command.statistics().rejected();
      reply.error("ERR wrong number of arguments for '" + command.fullName() + "' command");
      return null;
    }
    if (!session.authenticated() && !command.is(CommandFlag.NO_AUTH)) {
      command.statistics().rejected();
      reply.error("NOAUTH Authentication required.");
      return null;
    }
    return command;
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
