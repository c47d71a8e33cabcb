package dev.varve.server.dispatch;

import dev.varve.server.pubsub.SubscriptionKind;
import dev.varve.server.tracking.Tracker;

/**
 * A connection's line in CLIENT LIST. What has no counterpart here (buffers of Redis's own kind) is
 * there with the value of nothing, as clients parse by name.
 */
public final class ClientLine {
  private ClientLine() {}

  /**
   * Adds the line of a session.
   *
   * @param now the wall clock's milliseconds
   * @param memory that its connection takes
   */
  public static void append(StringBuilder text, Session session, long now, ClientMemory memory) {
    String command = session.lastCommand() == null ? "NULL" : session.lastCommand().fullName();
    text.append("id=").append(session.id());
    text.append(" addr=").append(session.remoteAddress());
    text.append(" laddr=").append(session.localAddress());
    text.append(" fd=").append(session.fileDescriptor());
    text.append(" name=").append(session.name());
    text.append(" age=").append((now - session.createdMillis()) / 1000);
    // The wall clock, unlike the time of commands, may step back.
    long idle = Math.max(0, now - session.lastInteractionMillis());
    text.append(" idle=").append(idle / 1000);
    text.append(" flags=").append(flags(session));
    text.append(" db=").append(session.database());
    QueuedRequests queued = session.queued();
    text.append(" sub=").append(count(session, SubscriptionKind.CHANNEL));
    text.append(" psub=").append(count(session, SubscriptionKind.PATTERN));
    text.append(" ssub=").append(count(session, SubscriptionKind.SHARD_CHANNEL));
    text.append(" multi=").append(queued == null ? -1 : queued.count());
    text.append(" qbuf=").append(memory.input());
    text.append(" qbuf-free=").append(memory.inputFree());
    text.append(" argv-mem=").append(memory.arguments());
    text.append(" multi-mem=").append(memory.queued());
    text.append(" rbs=").append(memory.replyBuffer());
    text.append(" rbp=").append(memory.replyBuffer());
    text.append(" obl=").append(memory.replyBytes());
    text.append(" oll=").append(memory.waitingParts());
    text.append(" omem=").append(memory.waiting());
    text.append(" tot-mem=").append(memory.total());
    text.append(" events=r cmd=").append(command);
    Tracker tracker = session.tracker();
    text.append(" user=")
        .append(session.user().name())
        .append(" redir=")
        .append(tracker == null ? -1 : tracker.redirect());
    text.append(" resp=").append(session.protocol().number());
    text.append(" lib-name=").append(session.libraryName());
    text.append(" lib-ver=").append(session.libraryVersion()).append('\n');
  }

  private static int count(Session session, SubscriptionKind kind) {
    return session.subscriptions() == null ? 0 : session.subscriptions().count(kind);
  }

  private static void addTracking(StringBuilder flags, Tracker tracker) {
    if (tracker != null) {
      flags.append('t');
      flags.append(tracker.isBroken() ? "R" : "");
      flags.append(tracker.is(Tracker.Option.BCAST) ? "B" : "");
    }
  }

  private static String flags(Session session) {
    StringBuilder flags = new StringBuilder();
    if (session.isMonitor()) {
      flags.append('O');
    }
    if (session.isSubscriber()) {
      flags.append('P');
    }
    if (session.queued() != null) {
      flags.append('x');
    }
    if (session.waits()) {
      flags.append('b');
    }
    addTracking(flags, session.tracker());
    if (session.isTouched()) {
      flags.append('d');
    }
    if (session.closeAfterReply()) {
      flags.append('c');
    }
    if (session.isOnUnixSocket()) {
      flags.append('U');
    }
    if (session.noEvict()) {
      flags.append('e');
    }
    if (session.noTouch()) {
      flags.append('T');
    }
    return flags.isEmpty() ? "N" : flags.toString();
  }
}
