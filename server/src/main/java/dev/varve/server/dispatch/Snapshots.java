package dev.varve.server.dispatch;

/** Sends all the data to clients that copy it. Safe for use by many threads. */
public interface Snapshots {
  /**
   * Begins to send a snapshot of what is published, as a replica is sent it that doesn't know its
   * length: {@code $EOF:} and a mark, the file, the mark. Then the connection is closed. Returns at
   * once.
   *
   * @param stream the client's connection
   * @param wish what it wants
   * @return false if as many are being sent as may be at a time
   */
  boolean begin(ClientStream stream, SnapshotWish wish);
}
