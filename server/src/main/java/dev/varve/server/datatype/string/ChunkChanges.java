package dev.varve.server.datatype.string;

import dev.varve.server.datatype.string.StringValue.Pieces;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The changes that are kept beside one chunk of a string, as they are stored: records in the order
 * in which they were made, each of the place within the chunk, the number of bytes, and the bytes.
 * A later one holds where two change the same byte.
 *
 * <p>They are loaded for one chunk after the other, into the same memory. Not thread-safe.
 */
final class ChunkChanges {
  /** No place: nothing is there, or there is no room. */
  static final int NONE = -1;

  /** Longer ones are made in the chunk itself. */
  private static final int LONGEST = 32;

  /** Up to so many bytes of changes are kept beside a chunk. */
  private static final int MOST_BYTES = 256;

  /** What stands before a change's bytes. */
  private static final int HEADER = Short.BYTES + 1;

  private static final int LONGEST_RECORD = 255;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] records = new byte[MOST_BYTES];
  private int length;

  /** The byte of the chunk that was looked for last; {@link #NONE}: none was. */
  private int soughtByte = NONE;

  /** Where its value is; {@link #NONE}: it wasn't changed. */
  private int soughtPlace;

  /** The last record, once one was looked for; {@link #NONE}: there are none. */
  private int lastRecord;

  /** A chunk with its changes, or those of its bytes that {@link #told} names. */
  private byte[] scratch = {};

  /** A bit for each byte of a chunk: whether a change of it was told. */
  private long[] told = {};

  /** There are none. */
  void clear() {
    length = 0;
    soughtByte = NONE;
  }

  /** Takes those that are stored. */
  void load(MemorySegment segment, long offset, int bytes) {
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, records, 0, bytes);
    length = bytes;
    soughtByte = NONE;
  }

  boolean isEmpty() {
    return length == 0;
  }

  /** How many bytes they are stored in. */
  int length() {
    return length;
  }

  /** Copies them as they are stored. */
  void copyTo(byte[] target, int at) {
    System.arraycopy(records, 0, target, at, length);
  }

  private int offsetOf(int record) {
    return ((records[record] & 0xFF) << Byte.SIZE) | (records[record + 1] & 0xFF);
  }

  private int lengthOf(int record) {
    return records[record + Short.BYTES] & 0xFF;
  }

  private int after(int record) {
    return record + HEADER + lengthOf(record);
  }

  /** Returns the value, from 0 to 255, at a place that {@link #placeOf} has told. */
  int byteAt(int place) {
    return records[place] & 0xFF;
  }

  /** Where the value of a chunk's byte is; {@link #NONE}: it wasn't changed. */
  int placeOf(int within) {
    if (soughtByte != within) {
      seek(within);
      soughtByte = within;
    }
    return soughtPlace;
  }

  private void seek(int within) {
    int place = NONE;
    int last = NONE;
    int record = 0;
    while (record < length) {
      last = record;
      // A record has four bytes at least: offset, length and the first that was changed.
      int begin = (int) INT.get(records, record);
      int from = begin >>> Short.SIZE;
      int count = (begin >>> Byte.SIZE) & 0xFF;
      if (count == 1) {
        // As most are: where the next one begins needn't be waited for.
        place = from == within ? record + HEADER : place;
        record += HEADER + 1;
      } else {
        boolean isIn = within >= from && within < from + count;
        place = isIn ? record + HEADER + within - from : place;
        record += HEADER + count;
      }
    }
    soughtPlace = place;
    lastRecord = last;
  }

  /** Where the last of the bytes that were changed ends within the chunk; 0: none was changed. */
  int end() {
    int end = 0;
    for (int record = 0; record < length; record = after(record)) {
      end = Math.max(end, offsetOf(record) + lengthOf(record));
    }
    return end;
  }

  /** Makes them in a copy of the chunk, which begins at a place of an array. */
  void apply(byte[] target, int at) {
    for (int record = 0; record < length; record = after(record)) {
      System.arraycopy(records, record + HEADER, target, at + offsetOf(record), lengthOf(record));
    }
  }

  /**
   * Returns the chunk with its changes, and zeros at its end; valid until this is called again, or
   * {@link #tell}.
   *
   * @param stored how many bytes of it are stored, at a place of a segment
   * @param chunkBytes how many it has
   */
  MemorySegment applied(MemorySegment segment, long offset, int stored, int chunkBytes) {
    ensureScratch(chunkBytes);
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, scratch, 0, stored);
    Arrays.fill(scratch, stored, chunkBytes, (byte) 0);
    apply(scratch, 0);
    return MemorySegment.ofArray(scratch);
  }

  /**
   * Tells those of bytes that were handed on as they are stored, see {@link Pieces#takesChanges}.
   *
   * @param stored how many bytes of the chunk are stored, at a place of a segment
   * @param from the place of the first of the bytes within the string
   * @param count how many they are, all of this chunk
   */
  void tell(
      MemorySegment segment,
      long offset,
      int stored,
      int from,
      int count,
      int chunkBytes,
      Pieces pieces) {
    ensureScratch(chunkBytes);
    int first = from % chunkBytes;
    Arrays.fill(told, 0);
    for (int record = 0; record < length; record = after(record)) {
      int its = offsetOf(record);
      int begin = Math.max(its, first);
      int end = Math.min(its + lengthOf(record), first + count);
      for (int at = begin; at < end; at++) {
        byte after = records[record + HEADER + at - its];
        int before = at < stored ? segment.get(ValueLayout.JAVA_BYTE, offset + at) & 0xFF : 0;
        if (((told[at / Long.SIZE] >>> at) & 1) == 1) {
          before = scratch[at] & 0xFF;
        }
        pieces.change(from - first + at, before, after & 0xFF);
        scratch[at] = after;
        told[at / Long.SIZE] |= 1L << at;
      }
    }
  }

  private void ensureScratch(int chunkBytes) {
    if (scratch.length < chunkBytes) {
      scratch = new byte[chunkBytes];
      told = new long[(chunkBytes + Long.SIZE - 1) / Long.SIZE];
    }
  }

  /**
   * Makes room for a change; the caller writes its bytes to where they are {@linkplain #copyTo
   * copied}, from the place on that is returned.
   *
   * @param within the place of its first byte within the chunk
   * @param count how many bytes, at least one
   * @return {@link #NONE} if it is better made in the chunk itself: it is long, or there is no room
   */
  int reserve(int within, int count) {
    if (count > LONGEST) {
      return NONE;
    }
    int same = count == 1 ? placeOf(within) : placeOfSame(within, count);
    if (same != NONE) {
      return same;
    }
    int last = lastRecord;
    int place = length;
    if (last != NONE
        && offsetOf(last) + lengthOf(last) == within
        && lengthOf(last) + count <= LONGEST_RECORD
        && place + count <= MOST_BYTES) {
      records[last + Short.BYTES] += (byte) count;
      length = place + count;
      soughtByte = NONE;
      return place;
    }
    if (place + HEADER + count > MOST_BYTES) {
      return NONE;
    }
    records[place] = (byte) (within >>> Byte.SIZE);
    records[place + 1] = (byte) within;
    records[place + Short.BYTES] = (byte) count;
    length = place + HEADER + count;
    soughtByte = NONE;
    return place + HEADER;
  }

  /** Where the bytes are that were changed together before; {@link #NONE}: they weren't. */
  private int placeOfSame(int within, int count) {
    int last = NONE;
    int same = NONE;
    for (int record = 0; record < length; record = after(record)) {
      last = record;
      int from = offsetOf(record);
      if (from == within && lengthOf(record) == count) {
        same = record + HEADER;
      } else if (from < within + count && within < from + lengthOf(record)) {
        // It would hide what is written before it.
        same = NONE;
      }
    }
    lastRecord = last;
    return same;
  }
}
