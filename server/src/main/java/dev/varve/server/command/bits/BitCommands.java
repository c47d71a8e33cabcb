package dev.varve.server.command.bits;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.StringCopy;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on single bits of a string, and on ranges of them. */
final class BitCommands {
  private static final byte[] BIT = Arguments.word("BIT");
  private static final byte[] BYTE = Arguments.word("BYTE");
  private static final String NO_BIT = "ERR bit is not an integer or out of range";

  /** So many bytes are gone through in the time that an element of a collection takes. */
  private static final int BYTES_AN_ELEMENT = 256;

  private BitCommands() {}

  static void setBit(CommandContext context) {
    long bit = BitArguments.offset(context, 2);
    long on = Arguments.longValue(context, 3, NO_BIT);
    if (on != 0 && on != 1) {
      throw new CommandException(NO_BIT);
    }
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 1);
    boolean live = keyspace.findString();
    int oldLength = live ? keyspace.valueLength() : 0;
    int before =
        live ? BitRow.get(keyspace.valueSegment(), keyspace.valueOffset(), oldLength, bit) : 0;
    long index = bit >>> 3;
    if (index >= oldLength || before != on) {
      int length = BitArguments.checkedLength(context, Math.max(oldLength, index + 1));
      int at = keyspace.reserve(live ? keyspace.deadline() : NO_DEADLINE, length);
      StringCopy.copyAndPad(keyspace, oldLength, at, length);
      BitRow.put(keyspace.batchBytes(), at, bit, 1, on);
      keyspace.happened(KeyEvent.SETBIT);
    }
    context.reply().integer(before);
  }

  static void getBit(CommandContext context) {
    long bit = BitArguments.offset(context, 2);
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    context
        .reply()
        .integer(
            keyspace.findStringCounted()
                ? BitRow.get(
                    keyspace.valueSegment(), keyspace.valueOffset(), keyspace.valueLength(), bit)
                : 0);
  }

  static void count(CommandContext context) {
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    // What isn't there has no bits, whatever is asked for.
    context.reply().integer(keyspace.findStringCounted() ? counted(context, keyspace) : 0);
  }

  private static long counted(CommandContext context, Keyspace keyspace) {
    int count = context.request().argumentCount();
    long length = keyspace.valueLength();
    BitRange range;
    if (count == 2) {
      range = BitRange.ofBytes(0, length - 1, length);
    } else if (count == 4 || count == 5) {
      long start = Arguments.longValue(context, 2);
      long end = Arguments.longValue(context, 3);
      if (start < 0 && end < 0 && start > end) {
        return 0;
      }
      boolean bits = count == 5 && isInBits(context.request(), 4);
      range = bits ? BitRange.ofBits(start, end, length) : BitRange.ofBytes(start, end, length);
    } else {
      throw Errors.syntax();
    }
    if (range.isEmpty()) {
      return 0;
    }
    needTime(keyspace, range);
    return BitRow.count(
        keyspace.valueSegment(), keyspace.valueOffset(), range.first(), range.last());
  }

  static void position(CommandContext context) {
    long bit = Arguments.longValue(context, 2);
    if (bit != 0 && bit != 1) {
      throw new CommandException("ERR The bit argument must be 1 or 0.");
    }
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    if (keyspace.findStringCounted()) {
      context.reply().integer(position(context, keyspace, (int) bit));
    } else {
      context.reply().integer(bit == 1 ? BitRow.NONE : 0);
    }
  }

  private static long position(CommandContext context, Keyspace keyspace, int bit) {
    int count = context.request().argumentCount();
    if (count > 6) {
      throw Errors.syntax();
    }
    long length = keyspace.valueLength();
    long start = count > 3 ? Arguments.longValue(context, 3) : 0;
    boolean bits = count > 5 && isInBits(context.request(), 5);
    boolean hasEnd = count > 4;
    long end = hasEnd ? Arguments.longValue(context, 4) : length - 1;
    BitRange range =
        bits ? BitRange.ofBits(start, end, length) : BitRange.ofBytes(start, end, length);
    if (range.isEmpty()) {
      return BitRow.NONE;
    }
    needTime(keyspace, range);
    long found =
        BitRow.first(
            keyspace.valueSegment(), keyspace.valueOffset(), range.first(), range.last(), bit);
    // Without an end, zeros follow the string.
    return found == BitRow.NONE && bit == 0 && !hasEnd ? range.last() + 1 : found;
  }

  private static void needTime(Keyspace keyspace, BitRange range) {
    keyspace.needTime(((range.last() - range.first()) >>> 3) / BYTES_AN_ELEMENT);
  }

  private static boolean isInBits(Request request, int argument) {
    if (request.equalsIgnoreCase(argument, BIT)) {
      return true;
    }
    if (!request.equalsIgnoreCase(argument, BYTE)) {
      throw Errors.syntax();
    }
    return false;
  }
}
