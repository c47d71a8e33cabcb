package dev.varve.server.dispatch;

/**
 * What a client has said of the snapshot that it will ask for.
 *
 * @param takesMark whether it takes one whose length isn't told
 * @param keys whether it wants the keys
 * @param functions whether it wants the functions
 */
public record SnapshotWish(boolean takesMark, boolean keys, boolean functions) {
  /** The wish of a client that has said nothing. */
  public static final SnapshotWish ALL = new SnapshotWish(false, true, true);

  /** Returns this by a client that takes a snapshot whose length isn't told. */
  public SnapshotWish takingMark() {
    return new SnapshotWish(true, keys, functions);
  }

  /** Returns this for nothing but functions, or for nothing at all. */
  public SnapshotWish of(boolean onlyFunctions) {
    return new SnapshotWish(takesMark, false, onlyFunctions);
  }
}
