package dev.varve.server.command.admin;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.ServerInfo;

/** LOLWUT: the version, and, where one of those is asked for that drew something, varves. */
final class LolwutCommand {
  private static final byte[] VERSION = Arguments.word("VERSION");
  private static final int FIRST_THAT_DREW = 5;
  private static final int LAST_THAT_DREW = 6;

  /** A summer's layer and a winter's, for some years. */
  private static final String LAYERS =
      """
      ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
      ::::::::::::::::::::::::::::::::::::::::
      ########################################
      ........................................
      ::::::::::::::::::::::::::::::::::::::::
      ########################################
      ........................................
      ########################################
      """;

  private LolwutCommand() {}

  static void execute(CommandContext context) {
    Request request = context.request();
    long version = 0;
    if (request.argumentCount() >= 3 && request.equalsIgnoreCase(1, VERSION)) {
      version = Arguments.longValue(context, 2);
    }
    boolean drawn = version >= FIRST_THAT_DREW && version <= LAST_THAT_DREW;
    String told = "Redis ver. " + ServerInfo.REDIS_VERSION + "\n";
    context.reply().verbatim(drawn ? LAYERS + "\nVarve, layer by layer. " + told : told);
  }
}
