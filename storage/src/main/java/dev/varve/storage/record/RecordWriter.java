package dev.varve.storage.record;

import static dev.varve.storage.record.RecordFormat.BLOCK_BYTES;
import static dev.varve.storage.record.RecordFormat.CHECKSUM;
import static dev.varve.storage.record.RecordFormat.FIRST;
import static dev.varve.storage.record.RecordFormat.FULL;
import static dev.varve.storage.record.RecordFormat.HEADER_BYTES;
import static dev.varve.storage.record.RecordFormat.KIND;
import static dev.varve.storage.record.RecordFormat.LAST;
import static dev.varve.storage.record.RecordFormat.LENGTH;
import static dev.varve.storage.record.RecordFormat.LOG_NUMBER;
import static dev.varve.storage.record.RecordFormat.MAX_OFFSET;
import static dev.varve.storage.record.RecordFormat.MIDDLE;
import static dev.varve.storage.record.RecordFormat.SYNCED;
import static dev.varve.storage.record.RecordFormat.leftInBlock;

import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Frames records and writes them to a file, from some offset on. A file is a row of blocks of 32
 * KiB, counted from its beginning; a record is one fragment, or several that lie in one block each:
 *
 * <pre>
 *  0         4        6      7             11        15
 * +----------+--------+------+-------------+---------+---------------------+
 * | checksum | length | kind | log number  | synced  | payload             |
 * | u32      | u16    | u8   | u32         | u32     | length bytes, &gt;= 1  |
 * +----------+--------+------+-------------+---------+---------------------+
 *            |&lt;------------- covered by the checksum (CRC32C) -------------&gt;|
 *
 * kind: 1 FULL, or 2 FIRST, any number of 3 MIDDLE, 4 LAST          all numbers little-endian
 * A block's last bytes are zeros if they are too few for a header and one byte.
 * </pre>
 *
 * <p><i>log number</i> tells the fragments of this file from old ones, where the file took over the
 * space of another. <i>synced</i> is a promise: when the fragment was made, the file's first {@code
 * synced} bytes were known to be durable. So a reader that finds a bad fragment can tell a tail
 * that a crash tore off (no later promise reaches over it) from corruption.
 *
 * <p>Nothing is allocated per record. Used by one thread at a time.
 */
public final class RecordWriter {
  /** Bytes by which a record grows for each fragment that it is cut into. */
  public static final int FRAGMENT_BYTES = HEADER_BYTES;

  /** The most bytes that a file holds. */
  public static final long MAX_FILE_BYTES = MAX_OFFSET;

  private final WritableFile file;
  private final int number;
  private final long limit;
  private final ByteBuffer buffer;
  private final CRC32C checksum = new CRC32C();
  private long written;
  private long synced;

  /**
   * Writes to {@code file}, from {@code start} on.
   *
   * @param number log number; 32 bits are kept
   * @param limit offset that is not written over; at most {@link #MAX_FILE_BYTES}
   * @param buffer holds what was framed and not yet written: a direct one, at least twice the 15
   *     bytes of a fragment's header
   */
  public RecordWriter(WritableFile file, long number, long start, long limit, ByteBuffer buffer) {
    if (limit > MAX_OFFSET || buffer.capacity() < 2 * HEADER_BYTES) {
      throw new IllegalArgumentException("limit " + limit + ", " + buffer);
    }
    this.file = file;
    this.number = (int) number;
    this.limit = limit;
    this.buffer = buffer.clear().order(ByteOrder.LITTLE_ENDIAN);
    this.written = start;
  }

  /**
   * The most bytes that a record of {@code length} takes, wherever it begins: fragments, and the
   * unused ends of blocks.
   */
  public static long framedBytes(long length) {
    long blocks = length / (BLOCK_BYTES - 2 * HEADER_BYTES) + 2;
    return length + 2 * HEADER_BYTES * blocks;
  }

  /**
   * Frames as much of a record as goes into the buffer and before the limit.
   *
   * @param begins whether this is the record's first part, so that nothing of it was taken yet
   * @return how many bytes were taken; if not all, {@link #write} (or go on in another file, if
   *     {@link #isFull}) and append the rest
   */
  public int append(byte[] bytes, int offset, int length, boolean begins) {
    int taken = 0;
    boolean first = begins;
    while (taken < length) {
      long at = position();
      int left = leftInBlock(at);
      if (left <= HEADER_BYTES) {
        if (buffer.remaining() < left || limit - at <= left) {
          break;
        }
        for (int i = 0; i < left; i++) {
          buffer.put((byte) 0);
        }
        continue;
      }
      int room = (int) Math.min(Math.min(left, buffer.remaining()), limit - at) - HEADER_BYTES;
      if (room <= 0) {
        break;
      }
      int part = Math.min(room, length - taken);
      boolean last = taken + part == length;
      byte kind = first ? (last ? FULL : FIRST) : (last ? LAST : MIDDLE);
      addFragment(kind, bytes, offset + taken, part);
      taken += part;
      first = false;
    }
    return taken;
  }

  private void addFragment(byte kind, byte[] bytes, int offset, int length) {
    int at = buffer.position();
    buffer.putShort(at + LENGTH, (short) length);
    buffer.put(at + KIND, kind);
    buffer.putInt(at + LOG_NUMBER, number);
    buffer.putInt(at + SYNCED, (int) synced);
    buffer.put(at + HEADER_BYTES, bytes, offset, length);
    int end = at + HEADER_BYTES + length;
    checksum.reset();
    int limitBefore = buffer.limit();
    checksum.update(buffer.limit(end).position(at + LENGTH));
    buffer.limit(limitBefore).position(end);
    buffer.putInt(at + CHECKSUM, (int) checksum.getValue());
  }

  /**
   * Frames a whole record, writing to the file whenever the buffer is full.
   *
   * @throws IllegalStateException if the limit is in the way
   */
  public void append(byte[] bytes, int offset, int length) throws IOException {
    int taken = append(bytes, offset, length, true);
    while (taken < length) {
      if (isFull()) {
        throw new IllegalStateException("a record runs over the limit at " + limit);
      }
      write();
      taken += append(bytes, offset + taken, length - taken, taken == 0);
    }
  }

  /** Hands everything framed to the file. After an error the writer is of no more use. */
  public void write() throws IOException {
    buffer.flip();
    int length = buffer.remaining();
    if (length > 0) {
      file.write(buffer, written);
      written += length;
    }
    buffer.clear();
  }

  /** Whether not one more byte of payload fits before the limit. */
  public boolean isFull() {
    long at = position();
    int left = leftInBlock(at);
    return limit - (left <= HEADER_BYTES ? at + left : at) <= HEADER_BYTES;
  }

  /** Bytes that the buffer still takes, headers included. */
  public int room() {
    return buffer.remaining();
  }

  /** Offset in the file where the next fragment goes. */
  public long position() {
    return written + buffer.position();
  }

  /** Offset in the file up to which everything has been handed to it. */
  public long written() {
    return written;
  }

  /** Fragments promise from now on that the file's first {@code offset} bytes are durable. */
  public void promise(long offset) {
    synced = offset;
  }
}
