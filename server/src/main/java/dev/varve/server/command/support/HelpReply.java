package dev.varve.server.command.support;

import dev.varve.protocol.ReplySink;
import dev.varve.server.dispatch.CommandContext;
import java.util.Locale;

/** What the HELP subcommands answer. */
public final class HelpReply {
  private HelpReply() {}

  /** Answers with lines about subcommands, in Redis's frame. */
  public static void write(CommandContext context, String... lines) {
    ReplySink reply = context.reply();
    String container = context.request().argumentString(0).toUpperCase(Locale.ROOT);
    reply.arrayHeader(lines.length + 3);
    reply.simpleString(container + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:");
    for (String line : lines) {
      reply.simpleString(line);
    }
    reply.simpleString("HELP");
    reply.simpleString("    Prints this help.");
  }
}
