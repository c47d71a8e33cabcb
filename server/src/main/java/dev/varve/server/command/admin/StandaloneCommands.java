package dev.varve.server.command.admin;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** What a server answers that has no replicas, no cluster and no modules. */
final class StandaloneCommands {
  private static final byte[] NO = Arguments.word("NO");
  private static final byte[] ONE = Arguments.word("ONE");
  private static final byte[] ABORT = Arguments.word("ABORT");
  private static final byte[] TIMEOUT = Arguments.word("TIMEOUT");
  private static final byte[] TO = Arguments.word("TO");
  private static final byte[] FORCE = Arguments.word("FORCE");
  private static final int MOST_PORT = 65535;

  private StandaloneCommands() {}

  static void noCluster(CommandContext context) {
    context.reply().error("ERR This instance has cluster support disabled");
  }

  static void noModules(CommandContext context) {
    context.reply().arrayHeader(0);
  }

  /** As Redis where {@code enable-module-command} is {@code no}. */
  static void refuseModule(CommandContext context) {
    context.reply().error("ERR MODULE command not allowed. This server has no modules.");
  }

  static void moduleHelp(CommandContext context) {
    HelpReply.write(
        context,
        "LIST",
        "    List the modules: there are none.",
        "LOAD <path> [<arg> ...]",
        "    Refused: there are no modules.",
        "LOADEX <path> [[CONFIG NAME VALUE] [CONFIG NAME VALUE]] [ARGS ...]",
        "    Refused: there are no modules.",
        "UNLOAD <name>",
        "    Refused: there are no modules.");
  }

  static void replicaOf(CommandContext context) {
    Request request = context.request();
    if (!request.equalsIgnoreCase(1, NO) || !request.equalsIgnoreCase(2, ONE)) {
      String error = "ERR Invalid master port";
      long port = Arguments.longValue(context, 2, error);
      if (port < 0 || port > MOST_PORT) {
        throw new CommandException(error);
      }
      throw new CommandException("ERR this server can't be a replica of another one");
    }
    context.reply().ok();
  }

  /** Arguments are checked as if a replica could take over. */
  static void failOver(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() == 2 && request.equalsIgnoreCase(1, ABORT)) {
      throw new CommandException("ERR No failover in progress.");
    }
    boolean hasTimeout = false;
    boolean hasHost = false;
    boolean isForced = false;
    for (int i = 1; i < request.argumentCount(); i++) {
      int more = request.argumentCount() - 1 - i;
      if (request.equalsIgnoreCase(i, TIMEOUT) && more >= 1 && !hasTimeout) {
        if (Arguments.longValue(context, i + 1) <= 0) {
          throw new CommandException("ERR FAILOVER timeout must be greater than 0");
        }
        hasTimeout = true;
        i++;
      } else if (request.equalsIgnoreCase(i, TO) && more >= 2 && !hasHost) {
        long _ = Arguments.longValue(context, i + 2);
        hasHost = true;
        i += 2;
      } else if (request.equalsIgnoreCase(i, FORCE) && !isForced) {
        isForced = true;
      } else {
        throw Errors.syntax();
      }
    }
    context.reply().error("ERR FAILOVER requires connected replicas.");
  }
}
