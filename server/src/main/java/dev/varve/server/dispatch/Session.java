package dev.varve.server.dispatch;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.datatype.WatchedKeys;
import dev.varve.server.pubsub.Subscriptions;
import dev.varve.server.tracking.Tracker;

/**
 * The state of one connection that commands read and change: protocol, database, user, name.
 *
 * <p>Only the connection's event loop changes it. Other threads may read it at any time, for CLIENT
 * LIST and INFO; what they read may be a moment old.
 */
public final class Session {
  /** Which replies a client wants, as set by CLIENT REPLY. */
  public enum ReplyMode {
    /** All replies are sent. */
    ON,
    /** No reply is sent. */
    OFF,
    /** CLIENT REPLY SKIP is running: neither its own reply is sent nor the next command's. */
    SKIP_NEXT,
    /** The reply to the current command isn't sent; those after it are. */
    SKIP
  }

  /**
   * Where a client is connected.
   *
   * @param remoteAddress the client's end, {@code ip:port} or {@code path:0}
   * @param localAddress the server's end
   * @param unixSocket whether that is a unix socket
   * @param fileDescriptor of the connection; -1 if it isn't known
   */
  public record Place(
      String remoteAddress, String localAddress, boolean unixSocket, int fileDescriptor) {}

  private final long id;
  private final Place place;
  private final long createdMillis;

  private volatile ProtocolVersion protocol = ProtocolVersion.RESP2;
  private volatile int database;
  private volatile User user;
  private volatile boolean authenticated;
  private volatile String name = "";
  private volatile String libraryName = "";
  private volatile String libraryVersion = "";
  private volatile boolean noEvict;
  private volatile boolean noTouch;
  private volatile boolean monitor;
  private volatile boolean closeAfterReply;
  private volatile boolean closeNow;
  private volatile boolean waits;

  /** Whether the last request that was to be admitted waits for the end of a pause. */
  private boolean postponed;

  private ReplyMode replyMode = ReplyMode.ON;

  /** Null: no MULTI. */
  private volatile QueuedRequests queued;

  /** Null: no WATCH so far, or not since it was given up. */
  private volatile WatchedKeys.Watcher watcher;

  /** Null: it has never subscribed to anything. */
  private volatile Subscriptions subscriptions;

  /** Null: it keeps no copies of keys. */
  private volatile Tracker tracker;

  private SnapshotWish snapshotWish = SnapshotWish.ALL;

  /** Whether CLIENT CACHING was given, which holds for the next command. */
  private boolean cachingGiven;

  // Changed by every command; a stale value read elsewhere does no harm.
  private int waitingBytes;
  private CommandSpec lastCommand;
  private long lastInteractionMillis;

  /**
   * Begins a session.
   *
   * @param id unique and ascending in the server's life
   * @param place where the client is connected
   * @param nowMillis wall clock
   * @param user whom it begins as
   * @param authenticated whether no password is asked for
   */
  public Session(long id, Place place, long nowMillis, User user, boolean authenticated) {
    this.id = id;
    this.place = place;
    this.createdMillis = nowMillis;
    this.lastInteractionMillis = nowMillis;
    this.user = user;
    this.authenticated = authenticated;
  }

  /** Returns one that a rehearsal may change as the command would change this. */
  public Session scratch() {
    Session scratch = new Session(id, place, createdMillis, user, authenticated);
    scratch.protocol = protocol;
    scratch.database = database;
    scratch.queued = queued;
    scratch.watcher = watcher;
    return scratch;
  }

  /** Returns the connection's number. */
  public long id() {
    return id;
  }

  /** Returns the client's end of the connection. */
  public String remoteAddress() {
    return place.remoteAddress;
  }

  /** Returns whether the client is on this machine, as far as its address says. */
  public boolean isLocal() {
    return place.unixSocket
        || place.remoteAddress.startsWith("127.0.0.1:")
        || place.remoteAddress.startsWith("[::1]:");
  }

  /** Returns the server's end of the connection. */
  public String localAddress() {
    return place.localAddress;
  }

  /** Returns whether the client is connected to a unix socket. */
  public boolean isOnUnixSocket() {
    return place.unixSocket;
  }

  /** Returns the connection's file descriptor; -1 if it isn't known. */
  public int fileDescriptor() {
    return place.fileDescriptor;
  }

  /** Returns when the connection was made. */
  public long createdMillis() {
    return createdMillis;
  }

  /** Returns what the client has said of the snapshot that it will ask for. */
  public SnapshotWish snapshotWish() {
    return snapshotWish;
  }

  /** Changes it. */
  public void snapshotWish(SnapshotWish wish) {
    snapshotWish = wish;
  }

  /** Returns the protocol of replies. */
  public ProtocolVersion protocol() {
    return protocol;
  }

  /**
   * Sets the protocol of the replies to come; commands use {@link CommandContext#switchProtocol}.
   */
  public void protocol(ProtocolVersion version) {
    protocol = version;
  }

  /** Returns the index of the selected database. */
  public int database() {
    return database;
  }

  /** Selects a database by its index. */
  public void database(int index) {
    database = index;
  }

  /** Returns whom it is authenticated as. */
  public User user() {
    return user;
  }

  /** Sets whom it is authenticated as. */
  public void user(User value) {
    user = value;
  }

  /** Returns whether commands other than AUTH, HELLO, QUIT and RESET are allowed. */
  public boolean authenticated() {
    return authenticated;
  }

  /** Sets whether the client has given the password, or needs none. */
  public void authenticated(boolean value) {
    authenticated = value;
  }

  /** Returns the name that the client gave itself; empty if none. */
  public String name() {
    return name;
  }

  /** Sets the client's name. */
  public void name(String value) {
    name = value;
  }

  /** Returns the name of the client's library; empty if unknown. */
  public String libraryName() {
    return libraryName;
  }

  /** Sets the name of the client's library. */
  public void libraryName(String value) {
    libraryName = value;
  }

  /** Returns the version of the client's library; empty if unknown. */
  public String libraryVersion() {
    return libraryVersion;
  }

  /** Sets the version of the client's library. */
  public void libraryVersion(String value) {
    libraryVersion = value;
  }

  /** Returns whether the client is kept when memory for connections is short. */
  public boolean noEvict() {
    return noEvict;
  }

  /** Sets whether the client is kept when memory for connections is short. */
  public void noEvict(boolean value) {
    noEvict = value;
  }

  /** Returns whether the client's reads don't count as use of their keys. */
  public boolean noTouch() {
    return noTouch;
  }

  /** Sets whether the client's reads don't count as use of their keys. */
  public void noTouch(boolean value) {
    noTouch = value;
  }

  /** Returns whether it is shown every command. */
  public boolean isMonitor() {
    return monitor;
  }

  /** Sets whether it is shown every command. */
  public void monitor(boolean value) {
    monitor = value;
  }

  /** Returns what has been queued since MULTI; null: there was none. */
  public QueuedRequests queued() {
    return queued;
  }

  /** Begins to queue. */
  public void beginMulti() {
    queued = new QueuedRequests();
  }

  /** Drops what is queued, if anything is. */
  public void endMulti() {
    if (queued != null) {
      queued.release();
      queued = null;
    }
  }

  /** Returns whether a key that it watches was touched. */
  public boolean isTouched() {
    return watcher != null && watcher.isTouched();
  }

  /** Returns who watches keys for this connection; null: nobody. */
  public WatchedKeys.Watcher watcher() {
    return watcher;
  }

  /** Sets who watches keys for this connection; null: nobody. */
  public void watcher(WatchedKeys.Watcher value) {
    watcher = value;
  }

  /** Returns what it subscribes to; null if it never has to anything. */
  public Subscriptions subscriptions() {
    return subscriptions;
  }

  /** Returns what it subscribes to, of which there is none if it never has so far. */
  public Subscriptions beginSubscriptions() {
    if (subscriptions == null) {
      subscriptions = new Subscriptions();
    }
    return subscriptions;
  }

  /** Returns whether it subscribes to anything. */
  public boolean isSubscriber() {
    Subscriptions own = subscriptions;
    return own != null && own.isAny();
  }

  /**
   * Returns whether it subscribes to something by a protocol that has no place for replies then.
   */
  public boolean takesOnlyMessages() {
    return subscriptions != null && protocol == ProtocolVersion.RESP2 && isSubscriber();
  }

  /** Returns how it learns that its copies of keys are out of date; null: it keeps none. */
  public Tracker tracker() {
    return tracker;
  }

  /** Sets how it learns that its copies of keys are out of date; null: it keeps none. */
  public void tracker(Tracker value) {
    tracker = value;
    cachingGiven = false;
  }

  /** Returns whether CLIENT CACHING was given for the command that runs. */
  public boolean cachingGiven() {
    return cachingGiven;
  }

  /** CLIENT CACHING was given: it holds for the next command, or up to EXEC. */
  public void giveCaching() {
    cachingGiven = true;
  }

  /** Notes that a command has been replied to; null: one that was refused. */
  public void ended(CommandSpec command) {
    cachingGiven = cachingGiven && outlastsCaching(command);
  }

  /** Whether CLIENT CACHING holds on behind a command that it holds for; null: a refused one. */
  public boolean outlastsCaching(CommandSpec command) {
    return queued != null || (command != null && command.fullName().startsWith("client|"));
  }

  /** Returns which replies the client wants. */
  public ReplyMode replyMode() {
    return replyMode;
  }

  /** Sets which replies the client wants, beginning with this command's own. */
  public void replyMode(ReplyMode mode) {
    replyMode = mode;
  }

  /**
   * Returns whether the reply to the current command is to be sent, and goes on to the next
   * command. Called once for each command: after it has been routed, and, if it runs on the event
   * loop ({@link Execution#LOOP}), after it has run, as it may have changed the mode.
   */
  public boolean takeReplyWanted() {
    return switch (replyMode) {
      case ON -> true;
      case OFF -> false;
      case SKIP_NEXT -> {
        replyMode = ReplyMode.SKIP;
        yield false;
      }
      case SKIP -> {
        replyMode = ReplyMode.ON;
        yield false;
      }
    };
  }

  /** Returns whether the connection ends once the replies so far are sent. */
  public boolean closeAfterReply() {
    return closeAfterReply;
  }

  /**
   * Ends the connection once the replies so far are sent; nothing more is taken from it. If there
   * are none, as the client wanted none, it is the client that ends it: so it is in Redis.
   */
  public void requestClose() {
    closeAfterReply = true;
  }

  /** Returns bytes that have been received and are no request that was begun. */
  public int waitingBytes() {
    return waitingBytes;
  }

  /** Sets how many bytes have been received and are no request that was begun. */
  public void waitingBytes(int bytes) {
    waitingBytes = bytes;
  }

  /** Returns whether the connection ends though nothing is sent. */
  public boolean closeNow() {
    return closeNow;
  }

  /** Ends the connection whether or not there are replies to be sent first. */
  public void requestCloseNow() {
    closeNow = true;
    closeAfterReply = true;
  }

  /** Returns whether its command waits: for a key, or for the end of a pause. */
  public boolean waits() {
    return waits;
  }

  /** Sets whether its command waits. */
  public void waits(boolean value) {
    waits = value;
  }

  void postpone() {
    postponed = true;
  }

  /** Returns whether the request that was not admitted waits for a pause's end; then forgets it. */
  public boolean takePostponed() {
    boolean taken = postponed;
    postponed = false;
    return taken;
  }

  /** Returns the last command that was routed; null before the first. */
  public CommandSpec lastCommand() {
    return lastCommand;
  }

  /** Returns when the last command was routed. */
  public long lastInteractionMillis() {
    return lastInteractionMillis;
  }

  /** Notes that a command has been routed. */
  public void interacted(CommandSpec command, long nowMillis) {
    lastCommand = command;
    lastInteractionMillis = nowMillis;
  }
}
