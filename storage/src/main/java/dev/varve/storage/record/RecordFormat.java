package dev.varve.storage.record;

/** The numbers of the record format; drawn above {@link RecordWriter}. */
final class RecordFormat {
  static final int BLOCK_BYTES = 32 * 1024;

  static final int CHECKSUM = 0;
  static final int LENGTH = 4;
  static final int KIND = 6;
  static final int LOG_NUMBER = 7;
  static final int SYNCED = 11;
  static final int HEADER_BYTES = 15;

  static final byte FULL = 1;
  static final byte FIRST = 2;
  static final byte MIDDLE = 3;
  static final byte LAST = 4;

  /** Offsets in a file are 32 bits wide. */
  static final long MAX_OFFSET = 0xFFFF_FFFFL;

  private RecordFormat() {}

  /** Bytes from {@code offset} to the end of its block. */
  static int leftInBlock(long offset) {
    return BLOCK_BYTES - (int) (offset & BLOCK_BYTES - 1);
  }
}
