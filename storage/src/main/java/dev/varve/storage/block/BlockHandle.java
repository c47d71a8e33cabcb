package dev.varve.storage.block;

/**
 * Where a block lies in its file.
 *
 * @param offset of its first byte
 * @param length in bytes, its trailer included
 */
public record BlockHandle(long offset, int length) {
  /** What follows each block's payload: its uncompressed length, compression and checksum. */
  public static final int TRAILER_BYTES = 9;

  /** Where what follows the block begins. */
  public long end() {
    return offset + length;
  }
}
