package dev.varve.server.command.bits;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.dispatch.CommandException;

/**
 * A number of so many bits among those of a string.
 *
 * @param signed whether its highest bit is its sign
 * @param bits how many it has: 1 to 64, or 63 without a sign
 */
record BitNumber(boolean signed, int bits) {

  /** What becomes of a number that doesn't fit. */
  enum Overflow {
    /** It loses its highest bits. */
    WRAP,
    /** The nearest one that fits takes its place. */
    SAT,
    /** Nothing is written. */
    FAIL
  }

  /**
   * Returns what a word such as {@code u8} says.
   *
   * @throws CommandException if it says nothing
   */
  static BitNumber parse(byte[] text) {
    if (text.length > 1
        && (text[0] == 'i' || text[0] == 'u')
        && DecimalLong.isLong(text, 1, text.length - 1)) {
      boolean signed = text[0] == 'i';
      long bits = DecimalLong.parse(text, 1, text.length - 1);
      if (bits >= 1 && bits <= (signed ? Long.SIZE : Long.SIZE - 1)) {
        return new BitNumber(signed, (int) bits);
      }
    }
    throw new CommandException(
        "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not supported but"
            + " i64 is.");
  }

  /** Returns the number that the lowest bits of a word are. */
  long of(long word) {
    int unused = Long.SIZE - bits;
    return signed ? word << unused >> unused : word << unused >>> unused;
  }

  private long least() {
    return signed ? -1L << (bits - 1) : 0;
  }

  private long greatest() {
    return signed ? ~least() : -1L >>> (Long.SIZE - bits);
  }

  /** Whether a number fits; without a sign, all that is negative is too great. */
  boolean fits(long number) {
    return number >= least() && number <= greatest();
  }

  /** Whether the sum of a number of this kind and a change of it fits. */
  boolean fits(long number, long change) {
    long sum = number + change;
    boolean isTooWide = ((number ^ sum) & (change ^ sum)) < 0;
    return !isTooWide && fits(sum);
  }

  /**
   * Returns what takes the place of a number that was to be written and doesn't fit. As in Redis,
   * one whose distance to the greatest is no number of 64 bits counts as too great.
   */
  long instead(long number, Overflow overflow) {
    boolean less = signed && number < least() && greatest() - number > 0;
    return replaced(number, less, overflow);
  }

  /** Returns what takes the place of a number that was to be changed beyond what fits. */
  long instead(long number, long change, Overflow overflow) {
    return replaced(number + change, change < 0, overflow);
  }

  private long replaced(long number, boolean less, Overflow overflow) {
    if (overflow == Overflow.SAT) {
      return less ? least() : greatest();
    }
    return of(number);
  }
}
