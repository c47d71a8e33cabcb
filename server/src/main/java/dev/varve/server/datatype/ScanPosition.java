package dev.varve.server.datatype;

import java.util.Arrays;

/**
 * Places in a database as numbers of 53 bits, which clients may keep as doubles, and back.
 *
 * <pre>
 * sharp    0:1 | skip:4 | six bytes of the key after what is skipped
 * blunt    1:1 | skip:4 | two bytes of the key after what is skipped | any:32
 * </pre>
 *
 * <p>What is skipped are leading bytes that all keys had in common when the number was made. Bytes
 * that a key doesn't have are zeros. A number stands for the least key that has these bytes, which
 * is not after the place that it was made of.
 *
 * <p><b>Why nothing is left out.</b> Let a key be there from when the number is made until it is
 * read, not before the place it is made of. If all keys have more bytes in common than are skipped
 * when it is read, they are that key's, which it had in common with all keys when the number was
 * made: so they are the same bytes, and the order of what follows them is the order of the keys. If
 * they have fewer in common, the number says nothing, and the walk begins at the first key. How
 * many bytes are skipped is one of sixteen numbers, not more than keys have in common. So neither
 * keys that come or go at either end, nor SWAPDB, FLUSHDB, a restart or a number that nobody gave
 * out make a walk leave out what it must return.
 */
final class ScanPosition {
  /** No number is greater: doubles hold all integers up to here. */
  static final long GREATEST = (1L << 53) - 1;

  private static final long BLUNT = 1L << 52;
  private static final int SKIP_SHIFT = 48;
  private static final int BLUNT_SHIFT = 32;
  private static final int SHARP_BYTES = 6;
  private static final int BLUNT_BYTES = 2;

  private static final int[] SKIPS = {0, 1, 2, 3, 4, 6, 8, 10, 12, 15, 18, 21, 24, 28, 36, 48};

  private ScanPosition() {}

  /** Returns how many leading bytes two keys, and all between them, have in common. */
  static int common(byte[] least, byte[] greatest) {
    int mismatch = Arrays.mismatch(least, greatest);
    return mismatch < 0 ? least.length : mismatch;
  }

  /**
   * Returns the sharp number of a place; -1 if it doesn't tell it from the key before.
   *
   * @param common how many leading bytes all keys, the place, and {@code before} if it isn't less
   *     than all keys, have in common
   * @param before less than the place; no key lies between the two
   */
  static long sharp(int common, byte[] before, byte[] place) {
    int skip = skip(common);
    long code = code(place, SKIPS[skip], SHARP_BYTES);
    boolean tells = code(before, SKIPS[skip], SHARP_BYTES) < code;
    return tells ? (long) skip << SKIP_SHIFT | code : -1;
  }

  /** Returns a blunt number of a place, which {@code tag} tells from others of the same bytes. */
  static long blunt(int common, byte[] place, int tag) {
    int skip = skip(common);
    return BLUNT
        | (long) skip << SKIP_SHIFT
        | code(place, SKIPS[skip], BLUNT_BYTES) << BLUNT_SHIFT
        | Integer.toUnsignedLong(tag);
  }

  /**
   * Returns the user key from which on a walk has to go; empty for the first.
   *
   * @param number any
   * @param least not after any key
   * @param greatest not before any key
   */
  static byte[] place(long number, byte[] least, byte[] greatest) {
    if (number < 0 || number > GREATEST) {
      return new byte[0];
    }
    int skipped = SKIPS[(int) (number >>> SKIP_SHIFT) & 0xF];
    if (skipped > common(least, greatest)) {
      return new byte[0];
    }
    boolean blunt = (number & BLUNT) != 0;
    int bytes = blunt ? BLUNT_BYTES : SHARP_BYTES;
    long code = blunt ? number >>> BLUNT_SHIFT : number;
    byte[] place = Arrays.copyOf(least, skipped + bytes);
    for (int i = place.length - 1; i >= skipped; i--) {
      place[i] = (byte) code;
      code >>>= Byte.SIZE;
    }
    int length = place.length;
    while (length > skipped && place[length - 1] == 0) {
      length--;
    }
    return Arrays.copyOf(place, length);
  }

  private static int skip(int common) {
    int skip = SKIPS.length - 1;
    while (SKIPS[skip] > common) {
      skip--;
    }
    return skip;
  }

  private static long code(byte[] key, int from, int bytes) {
    long code = 0;
    for (int i = from; i < from + bytes; i++) {
      code = code << Byte.SIZE | (i < key.length ? key[i] & 0xFF : 0);
    }
    return code;
  }
}
