package dev.varve.server.command.support;

import dev.varve.protocol.DecimalLong;
import dev.varve.server.datatype.Keyspace;

/** The names that Redis has for how it would keep values. */
public final class EncodingName {
  /** Redis keeps longer strings apart from the object that points to them. */
  private static final int LONGEST_EMBEDDED = 44;

  private EncodingName() {}

  /** Returns that of the selected key, which was found. */
  public static String of(Keyspace keyspace) {
    if (!keyspace.isString()) {
      return keyspace.encodingName();
    } else if (isNumber(keyspace)) {
      return "int";
    }
    return keyspace.valueLength() <= LONGEST_EMBEDDED ? "embstr" : "raw";
  }

  private static boolean isNumber(Keyspace keyspace) {
    if (keyspace.valueLength() > DecimalLong.MAX_LENGTH) {
      return false;
    }
    byte[] text = StringCopy.of(keyspace);
    return DecimalLong.isLong(text, 0, text.length);
  }
}
