package dev.varve.server.command.support;

import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/**
 * What stands after the cursor of SCAN and its kind.
 *
 * @param count how many elements to look at
 * @param pattern which ones to answer with
 * @param type keys of which type to answer with; null: any
 * @param noValues whether to answer with no more than names
 */
public record ScanOptions(long count, GlobPattern pattern, String type, boolean noValues) {
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] MATCH = Arguments.word("MATCH");
  private static final byte[] TYPE = Arguments.word("TYPE");
  private static final byte[] NOVALUES = Arguments.word("NOVALUES");
  private static final long DEFAULT_COUNT = 10;
  private static final byte[] ANY = {'*'};

  /** Which options a command has beside COUNT and MATCH. */
  public enum Also {
    /** None. */
    NOTHING,
    /** The type of keys. */
    TYPE,
    /** That values aren't wanted. */
    NOVALUES
  }

  /** Reads a command's options from an argument on. */
  public static ScanOptions of(CommandContext context, int first, Also also) {
    Request request = context.request();
    long count = DEFAULT_COUNT;
    byte[] pattern = ANY;
    String type = null;
    boolean noValues = false;
    int i = first;
    while (i < request.argumentCount()) {
      boolean followed = i + 1 < request.argumentCount();
      if (also == Also.NOVALUES && request.equalsIgnoreCase(i, NOVALUES)) {
        noValues = true;
        i++;
        continue;
      }
      if (followed && request.equalsIgnoreCase(i, COUNT)) {
        count = Arguments.longValue(context, i + 1);
        if (count < 1) {
          throw Errors.syntax();
        }
      } else if (followed && request.equalsIgnoreCase(i, MATCH)) {
        pattern = request.argumentBytes(i + 1);
      } else if (followed && also == Also.TYPE && request.equalsIgnoreCase(i, TYPE)) {
        type = request.argumentString(i + 1);
      } else {
        throw Errors.syntax();
      }
      i += 2;
    }
    return new ScanOptions(count, new GlobPattern(pattern, false), type, noValues);
  }

  /**
   * Reads an unsigned number as C's {@code strtoul}, which also takes a sign, or nothing at all.
   */
  public static long cursor(Request request, int index) {
    String text = Arguments.printed(request, index);
    if (text.isEmpty()) {
      return 0;
    }
    boolean signed = text.charAt(0) == '-' || text.charAt(0) == '+';
    String digits = signed ? text.substring(1) : text;
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw invalidCursor();
    }
    try {
      long magnitude = Long.parseUnsignedLong(digits);
      return text.charAt(0) == '-' ? -magnitude : magnitude;
    } catch (NumberFormatException tooLarge) {
      throw invalidCursor();
    }
  }

  private static CommandException invalidCursor() {
    return new CommandException("ERR invalid cursor");
  }

  /** Whether a name is one to answer with. */
  public boolean matches(byte[] name, int offset, int length) {
    return pattern.matchesAll() || pattern.matches(name, offset, length);
  }
}
