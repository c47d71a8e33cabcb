package dev.varve.server.command.bits;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.nio.charset.StandardCharsets;

/** Reads arguments that are places of bits. */
final class BitArguments {
  private static final String NO_OFFSET = "ERR bit offset is not an integer or out of range";

  private BitArguments() {}

  /** Returns an argument that is the place of a bit. */
  static long offset(CommandContext context, int index) {
    return checked(context, Arguments.longValue(context, index, NO_OFFSET));
  }

  /**
   * As {@link #offset(CommandContext, int)}, of a number of some bits: after a {@code #}, numbers
   * are counted.
   */
  static long offset(CommandContext context, int index, int bits) {
    byte[] text = context.request().argumentBytes(index);
    if (text.length == 0 || text[0] != '#') {
      return offset(context, index);
    }
    if (!DecimalLong.isLong(text, 1, text.length - 1)) {
      throw new CommandException(NO_OFFSET);
    }
    return checked(context, DecimalLong.parse(text, 1, text.length - 1) * bits);
  }

  private static long checked(CommandContext context, long offset) {
    if (offset < 0 || offset >>> 3 >= context.services().config().maxBulkBytes()) {
      throw new CommandException(NO_OFFSET);
    }
    return offset;
  }

  /** Refuses a string that is longer than any may be: what is to be put there has no place. */
  static void checkLength(long length) {
    if (length > Arguments.LONGEST_STRING) {
      throw new CommandException(NO_OFFSET);
    }
  }

  /** Returns an argument as C reads it: up to its first zero byte. */
  static byte[] text(CommandContext context, int index) {
    return Arguments.printed(context.request(), index).getBytes(StandardCharsets.ISO_8859_1);
  }
}
