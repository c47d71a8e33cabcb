package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import dev.varve.server.tracking.CachedKeys;
import dev.varve.server.tracking.Tracker;
import java.util.function.LongSupplier;

/**
 * Notes what commands are about to read for clients that keep copies of it. A client that doesn't
 * pays for one look at its session. Safe for use by many threads.
 */
public final class TrackedReads {
  private final CachedKeys keys;
  private final LongSupplier visible;
  private final LongSupplier appended;
  private final Runnable whenIdle;

  /**
   * Notes them in {@code keys}.
   *
   * @param visible the number of the last visible operation
   * @param appended the number of the last operation, as far as the calling thread has heard
   * @param whenIdle is run when the last client has ended
   */
  public TrackedReads(
      CachedKeys keys, LongSupplier visible, LongSupplier appended, Runnable whenIdle) {
    this.keys = keys;
    this.visible = visible;
    this.appended = appended;
    this.whenIdle = whenIdle;
  }

  /** Returns what is noted. */
  public CachedKeys keys() {
    return keys;
  }

  /**
   * Notes what a command will read over a view; whether that has to be one that shows all that is
   * visible when this returns.
   */
  public boolean remembered(Session session, CommandSpec spec, Request request) {
    return remembered(session, spec, request, session.cachingGiven());
  }

  /**
   * As {@link #remembered(Session, CommandSpec, Request)}, of a command that has its turn later.
   *
   * @param cachingGiven whether CLIENT CACHING will hold for it
   */
  public boolean remembered(
      Session session, CommandSpec spec, Request request, boolean cachingGiven) {
    Tracker tracker = session.tracker();
    return tracker != null && remember(tracker, cachingGiven, spec, request, visible.getAsLong());
  }

  /** Notes what a command will read where it sees all that was appended. */
  public void rememberAsWriter(Session session, CommandSpec spec, Request request) {
    Tracker tracker = session.tracker();
    if (tracker != null) {
      remember(tracker, session.cachingGiven(), spec, request, appended.getAsLong());
    }
  }

  /**
   * Notes the keys that a script is called with, as Redis does when it calls the first command that
   * reads: what it answers may be kept by these. The keys that it reads are noted beside.
   *
   * @param script what has called it
   */
  public void rememberDeclared(
      Session session, CommandSpec script, Request request, CommandSpec read) {
    Tracker tracker = session.tracker();
    if (tracker != null && isRead(tracker, session.cachingGiven(), read)) {
      rememberKeys(tracker, script, request, appended.getAsLong());
    }
  }

  private boolean remember(
      Tracker tracker, boolean cachingGiven, CommandSpec spec, Request request, long sequence) {
    return isRead(tracker, cachingGiven, spec) && rememberKeys(tracker, spec, request, sequence);
  }

  private boolean rememberKeys(Tracker tracker, CommandSpec spec, Request request, long sequence) {
    return spec.forEachKey(
        request,
        0,
        (index, flags) -> keys.remember(tracker, request.argumentBytes(index), sequence));
  }

  private static boolean isRead(Tracker tracker, boolean cachingGiven, CommandSpec spec) {
    if (!spec.is(CommandFlag.READONLY) || tracker.is(Tracker.Option.BCAST)) {
      return false;
    }
    // A script reads by the commands that it calls.
    if (spec.categories().contains(AclCategory.SCRIPTING)) {
      return false;
    }
    if (tracker.is(Tracker.Option.OPTIN)) {
      return cachingGiven;
    }
    return !tracker.is(Tracker.Option.OPTOUT) || !cachingGiven;
  }

  /** Storage thread: whether there is memory for what a session is to be told of from now on. */
  public boolean hasRoom(Session session, Tracker next) {
    Tracker now = session.tracker();
    return keys.hasRoom(next.bytes() - (now == null ? 0 : now.bytes()));
  }

  /** A connection keeps no copies any more. */
  public void end(Session session) {
    if (session.tracker() != null) {
      session.tracker(null);
      keys.end(session.id());
      if (keys.isIdle()) {
        whenIdle.run();
      }
    }
  }
}
