package dev.varve.server.command.support;

import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Reads arguments, with Redis's errors for those that aren't what they should be. */
public final class Arguments {
  /** The longest string that there can be, whatever the settings are. */
  public static final int LONGEST_STRING = 512 << 20;

  private Arguments() {}

  /** Returns a word's bytes, to compare arguments with. */
  public static byte[] word(String upperCase) {
    return upperCase.getBytes(StandardCharsets.US_ASCII);
  }

  /** Returns an argument that is a number of 64 bits. */
  public static long longValue(CommandContext context, int index) {
    return longValue(context, index, Errors.NOT_AN_INTEGER);
  }

  /** As {@link #longValue(CommandContext, int)}, with an error of the command's own. */
  public static long longValue(CommandContext context, int index, String error) {
    Request request = context.request();
    if (!request.isLong(index)) {
      throw new CommandException(error);
    }
    return request.longValue(index);
  }

  /** Returns an argument that is a number of 32 bits. */
  public static int intValue(CommandContext context, int index) {
    long value = longValue(context, index);
    if (value != (int) value) {
      throw new CommandException(
          "ERR value is out of range, value must between "
              + Integer.MIN_VALUE
              + " and "
              + Integer.MAX_VALUE);
    }
    return (int) value;
  }

  /** As {@link #intValue(CommandContext, int)}, with an error of the command's own. */
  public static int intValue(CommandContext context, int index, String error) {
    long value = longValue(context, index, error);
    if (value != (int) value) {
      throw new CommandException(error);
    }
    return (int) value;
  }

  /**
   * Returns the number that bytes begin with, 0 if with none: what C's {@code atoi} makes of them
   * where a {@code long} has 64 bits.
   */
  public static int leadingInt(byte[] bytes) {
    int at = 0;
    while (at < bytes.length && (bytes[at] == ' ' || (bytes[at] >= '\t' && bytes[at] <= '\r'))) {
      at++;
    }
    boolean negative = at < bytes.length && bytes[at] == '-';
    if (negative || (at < bytes.length && bytes[at] == '+')) {
      at++;
    }
    long magnitude = 0;
    for (; at < bytes.length && bytes[at] >= '0' && bytes[at] <= '9'; at++) {
      int digit = bytes[at] - '0';
      if (magnitude > (Long.MAX_VALUE - digit) / 10) {
        return (int) (negative ? Long.MIN_VALUE : Long.MAX_VALUE);
      }
      magnitude = magnitude * 10 + digit;
    }
    return (int) (negative ? -magnitude : magnitude);
  }

  /** Returns an argument that is a number of seconds, in milliseconds; 0 is for ever. */
  public static long timeoutMillis(CommandContext context, int index) {
    ExtendedFloat seconds = ExtendedFloat.parse(context.request().argumentString(index));
    if (seconds == null) {
      throw new CommandException("ERR timeout is not a float or out of range");
    }
    long millis = seconds.thousandfold();
    if (millis < 0) {
      throw new CommandException("ERR timeout is negative");
    }
    return millis;
  }

  /** Returns an argument that is the index of a database; {@code -1} if there is none such. */
  public static int databaseOrNone(CommandContext context, int index) {
    return checkedDatabase(context, intValue(context, index));
  }

  /** Returns a database index that there is, or {@code -1}. */
  public static int checkedDatabase(CommandContext context, int database) {
    return database >= 0 && database < context.services().config().databases() ? database : -1;
  }

  /** Returns an argument that is the index of a database, which there must be. */
  public static int database(CommandContext context, int index) {
    int database = databaseOrNone(context, index);
    if (database < 0) {
      throw new CommandException(Errors.DATABASE_OUT_OF_RANGE);
    }
    return database;
  }

  /** Returns an argument that is a floating-point number. */
  public static double doubleValue(CommandContext context, int index) {
    return doubleValue(context, index, "ERR value is not a valid float");
  }

  /** As {@link #doubleValue(CommandContext, int)}, with an error of the command's own. */
  public static double doubleValue(CommandContext context, int index, String error) {
    Request request = context.request();
    if (request.isLong(index)) {
      return request.longValue(index);
    }
    double value = DoubleText.parse(request.argumentString(index));
    if (Double.isNaN(value)) {
      throw new CommandException(error);
    }
    return value;
  }

  /** Makes an argument the current key of a command that may create it. */
  public static void selectKeyToWrite(CommandContext context, int index) {
    checkKeyLength(context, index);
    context.selectKey(index);
  }

  /** As {@link #selectKeyToWrite(CommandContext, int)}, in the database of an index. */
  public static void selectKeyToWrite(CommandContext context, int database, int index) {
    checkKeyLength(context, index);
    context.selectKeyIn(database, index);
  }

  private static void checkKeyLength(CommandContext context, int index) {
    checkNameLength(context, "key", context.request().argumentLength(index));
  }

  /** Checks the length of an argument that may become a member of a set. */
  public static void checkMemberLength(CommandContext context, int index) {
    checkNameLength(context, "member", context.request().argumentLength(index));
  }

  /**
   * Checks the length of what something is to be found by.
   *
   * @param what a key, a member or a field
   */
  public static void checkNameLength(CommandContext context, String what, int length) {
    int most = context.services().config().maxKeyBytes();
    if (length > most) {
      throw new CommandException(
          "ERR "
              + what
              + " of "
              + length
              + " bytes is longer than the "
              + most
              + " that a "
              + what
              + " may have (see max-key-bytes)");
    }
  }

  /** Checks the length of an argument that is to become a value. */
  public static int checkedValueLength(CommandContext context, int index) {
    int length = context.request().argumentLength(index);
    checkValueLength(context, length);
    return length;
  }

  /** Checks the length of what is to become a value. */
  public static void checkValueLength(CommandContext context, int length) {
    int most = context.services().config().maxValueBytes();
    if (length > most) {
      throw new CommandException(
          "ERR value of "
              + length
              + " bytes is longer than the "
              + most
              + " that a value may have (see maxmemory and proto-max-bulk-len)");
    }
  }

  /**
   * Checks the length of a string that a command builds; memory may not allow one of that length as
   * a whole.
   */
  public static int checkedBuiltLength(CommandContext context, long length) {
    if (length > Math.min(context.services().config().maxBulkBytes(), LONGEST_STRING)) {
      throw new CommandException("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    }
    return (int) length;
  }

  /** Returns whether two arguments are the same bytes. */
  public static boolean same(Request request, int one, int other) {
    return Arrays.equals(request.argumentBytes(one), request.argumentBytes(other));
  }

  /** Returns an argument as C prints it: up to its first zero byte. */
  public static String printed(Request request, int index) {
    return printed(request.argumentString(index));
  }

  /** Returns a text as C prints it: up to its first zero byte. */
  public static String printed(String text) {
    int end = text.indexOf('\0');
    return end < 0 ? text : text.substring(0, end);
  }
}
