package dev.varve.server.command.admin;

import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.Session;
import dev.varve.server.pubsub.Subscriber;

/** MONITOR. */
final class MonitorCommand {
  private MonitorCommand() {}

  static void execute(CommandContext context) {
    Session session = context.session();
    Subscriber connection = context.services().clients().subscriber(session);
    // It may have gone while the command was on its way.
    if (connection != null) {
      session.monitor(true);
      context.services().monitors().add(connection);
    }
    context.reply().ok();
  }
}
