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
import static dev.varve.storage.record.RecordFormat.SYNCED;
import static dev.varve.storage.record.RecordFormat.leftInBlock;

import dev.varve.storage.StorageException;
import dev.varve.storage.fs.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Reads the records that a {@link RecordWriter} framed, out of one file or several in a row. Memory
 * grows by bytes that are there and whose checksums hold, never by a length that is only announced.
 *
 * <p>A file ends for the reader where no good fragment of its log number stands: at its end, at
 * zeros, at old contents, at a torn write, or at corruption. {@link #checkEnd} tells corruption
 * from the others. Used by one thread at a time.
 */
public final class RecordReader {
  private static final int CHUNK_BYTES = 8 * BLOCK_BYTES;

  /** {@link #completeEnd}: the file holds only parts of a record that began before it. */
  public static final long NONE = -1;

  private final CRC32C checksum = new CRC32C();
  private boolean skipping;

  private ReadableFile file;
  private String name;
  private int number;
  private long size;
  private long offset;
  private long completeEnd;
  private long promised;
  private boolean ended;

  // On the heap, as recovery opens many readers for a short time; read through one bounded copy.
  private byte[] chunk = new byte[0];
  private ByteBuffer chunkView = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
  private long chunkStart;
  private int chunkLength;

  private byte[] record = new byte[1024];
  private int recordLength;
  private long recordOffset;
  private boolean partial;
  private boolean spansFiles;

  /**
   * Reads {@code file} from {@code start} on.
   *
   * @param name what to call it in errors
   * @param number its log number; 32 bits count
   * @param joinsMidway whether the file may begin in the middle of a record, whose rest is skipped
   */
  public RecordReader(ReadableFile file, String name, long number, long start, boolean joinsMidway)
      throws IOException {
    this.skipping = joinsMidway;
    open(file, name, number, start);
  }

  /** Goes on in the next file; a record may have begun in the one before. */
  public void continueIn(ReadableFile next, String nextName, long nextNumber, long start)
      throws IOException {
    open(next, nextName, nextNumber, start);
  }

  private void open(ReadableFile next, String nextName, long nextNumber, long start)
      throws IOException {
    file = next;
    name = nextName;
    number = (int) nextNumber;
    size = next.size();
    offset = start;
    completeEnd = partial ? NONE : start;
    spansFiles |= partial;
    promised = 0;
    ended = false;
    chunkStart = 0;
    chunkLength = 0;
  }

  /**
   * Moves to the next whole record; false at the file's end.
   *
   * @throws StorageException.Corruption if fragments with good checksums don't make a record;
   *     {@link #skip} goes on with the one that doesn't fit
   */
  public boolean next() throws IOException {
    spansFiles &= partial;
    while (findFragment()) {
      int at = (int) (offset - chunkStart);
      byte kind = chunk[at + KIND];
      int length = Short.toUnsignedInt(chunkView.getShort(at + LENGTH));
      long fragment = offset;
      promised = promise(at);
      offset += HEADER_BYTES + length;
      boolean begins = kind == FULL || kind == FIRST;
      if (begins) {
        if (partial) {
          offset = fragment;
          throw new StorageException.Corruption(name, fragment, "the rest of a record");
        }
        skipping = false;
        recordOffset = fragment;
        recordLength = 0;
      } else if (skipping) {
        skipping = kind != LAST;
        completeEnd = kind == LAST ? offset : completeEnd;
        continue;
      } else if (!partial) {
        offset = fragment;
        throw new StorageException.Corruption(name, fragment, "the beginning of a record");
      }
      take(at + HEADER_BYTES, length);
      partial = kind != FULL && kind != LAST;
      if (!partial) {
        completeEnd = offset;
        return true;
      }
    }
    return false;
  }

  private void take(int at, int length) {
    if (length > record.length - recordLength) {
      long needed = (long) recordLength + length;
      if (needed > Integer.MAX_VALUE - 16) {
        throw new StorageException.Corruption(name, recordOffset, "a record of less than 2 GiB");
      }
      record =
          Arrays.copyOf(
              record,
              (int) Math.min(Integer.MAX_VALUE - 16, Math.max(needed, record.length * 3L / 2)));
    }
    System.arraycopy(chunk, at, record, recordLength, length);
    recordLength += length;
  }

  /** Moves to the next good fragment, if it stands where it should; it then is in the chunk. */
  private boolean findFragment() throws IOException {
    if (ended) {
      return false;
    }
    int left = leftInBlock(offset);
    if (left <= HEADER_BYTES) {
      offset += left;
    }
    ended = !isFragment(offset);
    return !ended;
  }

  private boolean isFragment(long at) throws IOException {
    int left = (int) Math.min(leftInBlock(at), size - at);
    if (left <= HEADER_BYTES) {
      return false;
    }
    load(at);
    int from = (int) (at - chunkStart);
    int length = Short.toUnsignedInt(chunkView.getShort(from + LENGTH));
    byte kind = chunk[from + KIND];
    if (chunkView.getInt(from + LOG_NUMBER) != number
        || kind < FULL
        || kind > LAST
        || length == 0
        || length > left - HEADER_BYTES
        || promise(from) > at) {
      return false;
    }
    checksum.reset();
    checksum.update(chunk, from + LENGTH, HEADER_BYTES - LENGTH + length);
    return (int) checksum.getValue() == chunkView.getInt(from + CHECKSUM);
  }

  private long promise(int at) {
    return Integer.toUnsignedLong(chunkView.getInt(at + SYNCED));
  }

  /** Makes the rest of the block that {@code at} lies in part of the chunk. */
  private void load(long at) throws IOException {
    if (at >= chunkStart && at < chunkStart + chunkLength) {
      return;
    }
    long start = at - at % BLOCK_BYTES;
    int length = (int) Math.min(CHUNK_BYTES, size - start);
    if (chunk.length < length) {
      chunk = new byte[length];
      chunkView = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
    }
    chunkLength = 0;
    file.read(ByteBuffer.wrap(chunk, 0, length), start);
    chunkStart = start;
    chunkLength = length;
  }

  /**
   * Once {@link #next} gave false: makes sure that nothing is missing that had been durable, as far
   * as fragments after the end tell.
   *
   * @throws StorageException.Corruption if one of them promises more than could be read
   */
  public void checkEnd() throws IOException {
    if (promisedBehind() > offset) {
      throw new StorageException.Corruption(
          name, offset, "a record that had been synced, as later ones tell");
    }
  }

  /** The largest promise of the good fragments from here on, wherever they stand; 0 if none. */
  public long promisedBehind() throws IOException {
    long promised = 0;
    long at = offset;
    // In the block of the end any offset may hold a fragment; later blocks begin with one.
    boolean anywhere = true;
    while (at < size) {
      if (isFragment(at)) {
        int from = (int) (at - chunkStart);
        promised = Math.max(promised, promise(from));
        at += HEADER_BYTES + Short.toUnsignedInt(chunkView.getShort(from + LENGTH));
        continue;
      }
      int left = leftInBlock(at);
      if (anywhere && left > HEADER_BYTES) {
        at++;
      } else {
        at += left;
        anywhere = false;
      }
    }
    return promised;
  }

  /**
   * Once {@link #next} gave false: goes on after what is not good, with the next good fragment and
   * the first record that begins there or later.
   *
   * @return false, and nothing has changed, if there is no good fragment any more
   */
  public boolean skip() throws IOException {
    long at = offset;
    boolean anywhere = true;
    while (at < size) {
      if (isFragment(at)) {
        offset = at;
        ended = false;
        skipping = true;
        partial = false;
        return true;
      }
      int left = leftInBlock(at);
      if (anywhere && left > HEADER_BYTES) {
        at++;
      } else {
        at += left;
        anywhere = false;
      }
    }
    return false;
  }

  /**
   * The log number under which the first good fragment was framed that stands where a block begins,
   * whatever number was expected, or {@link #NONE}. For files whose name may not be their own; the
   * reader reads nothing afterwards.
   */
  public long foundNumber() throws IOException {
    for (long at = offset; at < size; at += leftInBlock(at)) {
      if (Math.min(leftInBlock(at), size - at) > HEADER_BYTES) {
        load(at);
        number = chunkView.getInt((int) (at - chunkStart) + LOG_NUMBER);
        if (isFragment(at)) {
          return Integer.toUnsignedLong(number);
        }
      }
    }
    return NONE;
  }

  /** Once {@link #next} gave false: whether not one more byte of payload would fit in the file. */
  public boolean isFileFull() {
    return size - offset <= HEADER_BYTES;
  }

  /** The array whose first {@link #length()} bytes are the record; valid until the next move. */
  public byte[] bytes() {
    return record;
  }

  /** The record's length. */
  public int length() {
    return recordLength;
  }

  /** Where the record begins, in the file that holds its first fragment. */
  public long offset() {
    return recordOffset;
  }

  /** Where the next fragment would stand: at the end, the first byte that is not good. */
  public long position() {
    return offset;
  }

  /**
   * Offset in this file after the last record that is whole, or where reading began; {@link #NONE}
   * while it holds only parts of a record that began in a file before.
   */
  public long completeEnd() {
    return completeEnd;
  }

  /** So many of this file's first bytes are durable, as the fragments read so far tell. */
  public long promised() {
    return promised;
  }

  /** Whether a record has begun whose end has not been found. */
  public boolean isPartial() {
    return partial;
  }

  /** Whether the record that was read last, wholly or in part, began in a file before this one. */
  public boolean spansFiles() {
    return spansFiles;
  }
}
