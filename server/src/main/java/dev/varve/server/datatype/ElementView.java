package dev.varve.server.datatype;

import java.lang.foreign.MemorySegment;

/** An element of a spread collection as it was met: by a walk that stands on it, or by chance. */
public interface ElementView {
  /**
   * The array that has the element's key; what is the type's own from {@link Elements#PREFIX_BYTES}
   * on.
   */
  byte[] key();

  /** The length of the whole key. */
  int keyLength();

  /**
   * The memory that holds the element's value.
   *
   * @throws ReadNeeded if the disk would have to be read for it, and may not be
   */
  MemorySegment valueSegment();

  /** Where the value begins in {@link #valueSegment}. */
  long valueOffset();

  /** The value's length in bytes. */
  int valueLength();
}
