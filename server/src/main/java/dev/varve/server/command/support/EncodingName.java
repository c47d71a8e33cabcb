package dev.varve.server.command.support;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;

/** The names that Redis has for how it would keep values. */
public final class EncodingName {
  /** Redis keeps longer strings apart from the object that points to them. */
  private static final int LONGEST_EMBEDDED = 44;

  private EncodingName() {}

  /** Returns that of the selected key, which was found. */
  public static String of(CommandContext context) {
    if (!context.keyspace().selected().isString()) {
      return context.keyspace().selected().encodingName();
    }
    StringValue string = context.string();
    string.found();
    if (string.length() > LONGEST_EMBEDDED) {
      return "raw";
    }
    return isNumber(string) ? "int" : "embstr";
  }

  private static boolean isNumber(StringValue string) {
    if (string.length() > DecimalLong.MAX_LENGTH) {
      return false;
    }
    byte[] text = string.bytes();
    return DecimalLong.isLong(text, 0, text.length);
  }
}
