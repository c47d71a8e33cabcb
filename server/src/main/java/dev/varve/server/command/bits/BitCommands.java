package dev.varve.server.command.bits;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands on single bits of a string, and on ranges of them. */
final class BitCommands {
  private static final byte[] BIT = Arguments.word("BIT");
  private static final byte[] BYTE = Arguments.word("BYTE");
  private static final String NO_BIT = "ERR bit is not an integer or out of range";

  private BitCommands() {}

  static void setBit(CommandContext context) {
    long bit = BitArguments.offset(context, 2);
    long on = Arguments.longValue(context, 3, NO_BIT);
    if (on != 0 && on != 1) {
      throw new CommandException(NO_BIT);
    }
    StringValue string = context.string();
    Arguments.selectKeyToWrite(context, 1);
    string.find();
    long index = bit >>> 3;
    int its = string.byteAt(index);
    int shift = 7 - (int) (bit & 7);
    int before = (its >>> shift) & 1;
    if (index >= string.length() || before != on) {
      BitArguments.checkLength(index + 1);
      string.write((int) index, (its & ~(1 << shift)) | ((int) on << shift));
      context.keyspace().happened(KeyEvent.SETBIT);
    }
    context.reply().integer(before);
  }

  static void getBit(CommandContext context) {
    long bit = BitArguments.offset(context, 2);
    context.selectKey(1);
    StringValue string = context.string();
    string.findCounted();
    context.reply().integer((string.byteAt(bit >>> 3) >>> (7 - (bit & 7))) & 1);
  }

  static void count(CommandContext context) {
    context.selectKey(1);
    StringValue string = context.string();
    // What isn't there has no bits, whatever is asked for.
    context.reply().integer(string.findLengthCounted() ? counted(context, string) : 0);
  }

  private static long counted(CommandContext context, StringValue string) {
    int count = context.request().argumentCount();
    long length = string.length();
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
    needTime(context.keyspace(), range);
    return BitSearch.count(string, range);
  }

  static void position(CommandContext context) {
    long bit = Arguments.longValue(context, 2);
    if (bit != 0 && bit != 1) {
      throw new CommandException("ERR The bit argument must be 1 or 0.");
    }
    context.selectKey(1);
    StringValue string = context.string();
    if (string.findLengthCounted()) {
      context.reply().integer(position(context, string, (int) bit));
    } else {
      context.reply().integer(bit == 1 ? BitRow.NONE : 0);
    }
  }

  private static long position(CommandContext context, StringValue string, int bit) {
    int count = context.request().argumentCount();
    if (count > 6) {
      throw Errors.syntax();
    }
    long length = string.length();
    long start = count > 3 ? Arguments.longValue(context, 3) : 0;
    boolean bits = count > 5 && isInBits(context.request(), 5);
    boolean hasEnd = count > 4;
    long end = hasEnd ? Arguments.longValue(context, 4) : length - 1;
    BitRange range =
        bits ? BitRange.ofBits(start, end, length) : BitRange.ofBytes(start, end, length);
    if (range.isEmpty()) {
      return BitRow.NONE;
    }
    needTime(context.keyspace(), range);
    long found = BitSearch.first(string, range, bit);
    // Without an end, zeros follow the string.
    return found == BitRow.NONE && bit == 0 && !hasEnd ? range.last() + 1 : found;
  }

  private static void needTime(Keyspace keyspace, BitRange range) {
    keyspace.needTime(((range.last() - range.first()) >>> 3) / Keyspace.BYTES_AN_ELEMENT);
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
