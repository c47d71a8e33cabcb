package dev.varve.server.command.server;

import dev.varve.protocol.ReplySink;
import dev.varve.server.dispatch.CommandContext;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Set;

/** INFO and TIME. */
final class InfoCommand {
  private InfoCommand() {}

  static void info(CommandContext context) {
    Set<String> sections = new LinkedHashSet<>();
    int count = context.request().argumentCount();
    for (int i = 1; i < count; i++) {
      sections.add(context.request().argumentString(i).toLowerCase(Locale.ROOT));
    }
    if (count == 1) {
      sections.add("default");
    }
    context.reply().verbatim(context.services().info().text(sections, context.keyspace()));
  }

  static void time(CommandContext context) {
    Instant now = context.services().clock().instant();
    ReplySink reply = context.reply();
    reply.arrayHeader(2);
    reply.bulk(now.getEpochSecond());
    reply.bulk(now.getNano() / 1000L);
  }
}
