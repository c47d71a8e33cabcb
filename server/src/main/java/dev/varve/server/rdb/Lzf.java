package dev.varve.server.rdb;

import io.netty.buffer.ByteBuf;

/**
 * Unpacks what Marc Lehmann's LibLZF has packed.
 *
 * <pre>
 * 000nnnnn                          n + 1 bytes follow
 * nnnooooo oooooooo                 n + 2 bytes (n &lt; 7) from o + 1 bytes back
 * 111ooooo nnnnnnnn oooooooo        n + 9 bytes from o + 1 bytes back
 * </pre>
 */
final class Lzf {
  /** No three packed bytes say more than that of unpacked ones. */
  private static final int MOST_BYTES_A_STEP = 264;

  private static final int LITERAL = 1 << 5;
  private static final int LONG_MATCH = 7;

  private Lzf() {}

  /** Whether so many packed bytes can say so many unpacked ones. */
  static boolean isPossible(long packed, long unpacked) {
    return unpacked <= packed * MOST_BYTES_A_STEP / 3 + MOST_BYTES_A_STEP;
  }

  /**
   * Fills {@code target} with what is unpacked.
   *
   * @throws BadFormatException if that isn't just as long
   */
  static void unpack(ByteBuf source, int offset, int length, byte[] target) {
    RdbInput in = new RdbInput(source, offset, length, RdbInput.NO_MEMORY_NEEDED);
    int end = 0;
    while (in.hasMore()) {
      int control = in.u8();
      if (control < LITERAL) {
        int literal = control + 1;
        check(literal <= target.length - end);
        source.getBytes(in.skip(literal), target, end, literal);
        end += literal;
      } else {
        int match = control >>> 5;
        if (match == LONG_MATCH) {
          match += in.u8();
        }
        match += 2;
        int from = end - ((control & (LITERAL - 1)) << Byte.SIZE | in.u8()) - 1;
        check(from >= 0 && match <= target.length - end);
        // Byte by byte, as it may repeat what it writes.
        for (int i = 0; i < match; i++) {
          target[end + i] = target[from + i];
        }
        end += match;
      }
    }
    check(end == target.length);
  }

  private static void check(boolean holds) {
    if (!holds) {
      throw new BadFormatException("a packed string of another length");
    }
  }
}
