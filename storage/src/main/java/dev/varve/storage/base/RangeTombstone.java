package dev.varve.storage.base;

import java.util.Arrays;

/**
 * Deletes every key in [{@code begin}, {@code end}) whose entry is older than {@code sequence}.
 *
 * @param begin first key deleted; the array is never written to
 * @param end first key after it that is not deleted
 * @param sequence the tombstone's own sequence number
 */
public record RangeTombstone(byte[] begin, byte[] end, long sequence) {
  /** Whether {@code key[offset, offset+length)} lies in the range. */
  public boolean covers(byte[] key, int offset, int length) {
    int to = offset + length;
    return Arrays.compareUnsigned(key, offset, to, begin, 0, begin.length) >= 0
        && Arrays.compareUnsigned(key, offset, to, end, 0, end.length) < 0;
  }
}
