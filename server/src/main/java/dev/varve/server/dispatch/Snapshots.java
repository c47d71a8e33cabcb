package dev.varve.server.dispatch;

import java.util.function.Supplier;

/** Sends all the data to clients that copy it. Safe for use by many threads. */
public interface Snapshots {
  /**
   * Begins to send a snapshot of what is published, as a replica is sent it that doesn't know its
   * length: {@code $EOF:} and a mark, the file, the mark. Then the connection is closed. Returns at
   * once.
   *
   * @param connection begins the stream to the client; null if it has gone. Not called where this
   *     returns false
   * @param wish what it wants
   * @return false if as many are being sent as may be at a time
   */
  boolean begin(Supplier<ClientStream> connection, SnapshotWish wish);
}
