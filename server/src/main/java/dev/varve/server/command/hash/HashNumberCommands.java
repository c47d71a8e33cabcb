package dev.varve.server.command.hash;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.ExtendedFloat;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/** Commands that count with fields whose values spell numbers. */
final class HashNumberCommands {
  private HashNumberCommands() {}

  static void incrBy(CommandContext context) {
    long increment = Arguments.longValue(context, 3);
    HashValue hash = HashCommands.findToWrite(context);
    HashCommands.selectToWrite(context, hash, 2);
    boolean found = hash.findField();
    long old = found ? storedLong(hash) : 0;
    long deadline = found ? hash.fieldDeadline() : NO_DEADLINE;
    long sum = old + increment;
    if (((old ^ sum) & (increment ^ sum)) < 0) {
      throw new CommandException("ERR increment or decrement would overflow");
    }
    byte[] digits = new byte[DecimalLong.MAX_LENGTH];
    int first = DecimalLong.write(sum, digits, digits.length);
    put(hash, deadline, digits, first, digits.length - first);
    context.keyspace().happened(KeyEvent.HINCRBY);
    context.reply().integer(sum);
  }

  private static long storedLong(HashValue hash) {
    byte[] digits = stored(hash, DecimalLong.MAX_LENGTH);
    if (digits == null || !DecimalLong.isLong(digits, 0, digits.length)) {
      throw new CommandException("ERR hash value is not an integer");
    }
    return DecimalLong.parse(digits, 0, digits.length);
  }

  /** The found value; null if it is longer. */
  private static byte[] stored(HashValue hash, int longest) {
    if (hash.valueLength() > longest) {
      return null;
    }
    byte[] bytes = new byte[hash.valueLength()];
    MemorySegment.copy(
        hash.valueSegment(), ValueLayout.JAVA_BYTE, hash.valueOffset(), bytes, 0, bytes.length);
    return bytes;
  }

  private static void put(HashValue hash, long deadline, byte[] value, int offset, int length) {
    int at = hash.put(deadline, length);
    System.arraycopy(value, offset, hash.target(), at, length);
    hash.store();
  }

  static void incrByFloat(CommandContext context) {
    ExtendedFloat increment =
        floatOf(context.request().argumentString(3), "ERR value is not a valid float");
    if (!increment.isFinite()) {
      throw new CommandException("ERR value is NaN or Infinity");
    }
    HashValue hash = HashCommands.findToWrite(context);
    HashCommands.selectToWrite(context, hash, 2);
    boolean found = hash.findField();
    ExtendedFloat old = found ? storedFloat(hash) : ExtendedFloat.ZERO;
    long deadline = found ? hash.fieldDeadline() : NO_DEADLINE;
    ExtendedFloat sum = old.plus(increment);
    if (!sum.isFinite()) {
      throw new CommandException("ERR increment would produce NaN or Infinity");
    }
    byte[] text = sum.toPlainString().getBytes(StandardCharsets.US_ASCII);
    put(hash, deadline, text, 0, text.length);
    context.keyspace().happened(KeyEvent.HINCRBYFLOAT);
    context.reply().bulk(text);
  }

  private static ExtendedFloat storedFloat(HashValue hash) {
    byte[] text = stored(hash, ExtendedFloat.MAX_TEXT - 1);
    return floatOf(
        text == null ? "" : new String(text, StandardCharsets.ISO_8859_1),
        "ERR hash value is not a float");
  }

  private static ExtendedFloat floatOf(String text, String error) {
    ExtendedFloat value = ExtendedFloat.parse(text);
    if (value == null) {
      throw new CommandException(error);
    }
    return value;
  }
}
