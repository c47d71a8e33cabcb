package dev.varve.server.command.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.ExtendedFloat;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.nio.charset.StandardCharsets;

/** Commands that count with strings that spell numbers. */
final class NumberCommands {
  private NumberCommands() {}

  static void incr(CommandContext context) {
    add(context, 1);
  }

  static void decr(CommandContext context) {
    add(context, -1);
  }

  static void incrBy(CommandContext context) {
    add(context, Arguments.longValue(context, 2));
  }

  static void decrBy(CommandContext context) {
    long value = Arguments.longValue(context, 2);
    if (value == Long.MIN_VALUE) {
      throw new CommandException("ERR decrement would overflow");
    }
    add(context, -value);
  }

  private static void add(CommandContext context, long increment) {
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 1);
    StringValue string = context.string();
    boolean live = string.find();
    long old = live ? storedLong(string) : 0;
    long sum = old + increment;
    if (((old ^ sum) & (increment ^ sum)) < 0) {
      throw new CommandException("ERR increment or decrement would overflow");
    }
    byte[] digits = new byte[DecimalLong.MAX_LENGTH];
    int first = DecimalLong.write(sum, digits, digits.length);
    keyspace.put(
        live ? keyspace.selected().deadline() : NO_DEADLINE, digits, first, digits.length - first);
    keyspace.happened(KeyEvent.INCRBY);
    context.reply().integer(sum);
  }

  private static long storedLong(StringValue string) {
    int length = string.length();
    if (length > DecimalLong.MAX_LENGTH) {
      throw new CommandException(Errors.NOT_AN_INTEGER);
    }
    byte[] digits = string.bytes();
    if (!DecimalLong.isLong(digits, 0, length)) {
      throw new CommandException(Errors.NOT_AN_INTEGER);
    }
    return DecimalLong.parse(digits, 0, length);
  }

  static void incrByFloat(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 1);
    StringValue string = context.string();
    boolean live = string.find();
    ExtendedFloat old =
        !live
            ? ExtendedFloat.ZERO
            : string.length() < ExtendedFloat.MAX_TEXT
                ? floatOf(new String(string.bytes(), StandardCharsets.ISO_8859_1))
                : floatOf("");
    ExtendedFloat sum = old.plus(floatOf(context.request().argumentString(2)));
    if (!sum.isFinite()) {
      throw new CommandException("ERR increment would produce NaN or Infinity");
    }
    byte[] text = sum.toPlainString().getBytes(StandardCharsets.US_ASCII);
    keyspace.put(live ? keyspace.selected().deadline() : NO_DEADLINE, text, 0, text.length);
    keyspace.happened(KeyEvent.INCRBYFLOAT);
    context.reply().bulk(text);
  }

  private static ExtendedFloat floatOf(String text) {
    ExtendedFloat value = ExtendedFloat.parse(text);
    if (value == null) {
      throw new CommandException("ERR value is not a valid float");
    }
    return value;
  }
}
