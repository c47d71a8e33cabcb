package dev.varve.storage;

/** How the blocks of a table are compressed. The ids are part of the table format. */
public enum Compression {
  /** Not at all. */
  NONE(0),
  /** LZ4: fast, about half the size on text. */
  LZ4(1),
  /** Zstandard: smaller, slower to write. */
  ZSTD(2);

  private final int id;

  Compression(int id) {
    this.id = id;
  }

  /** The number that stands for it in a block's trailer. */
  public int id() {
    return id;
  }
}
