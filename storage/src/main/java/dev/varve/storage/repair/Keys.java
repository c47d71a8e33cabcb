package dev.varve.storage.repair;

/** Keys as an operator can read them. */
final class Keys {
  private static final int MOST_BYTES = 48;

  private Keys() {}

  /** In quotes; bytes that can't be printed as {@code \x00}, and no more than fit on a line. */
  static String show(byte[] key) {
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < Math.min(key.length, MOST_BYTES); i++) {
      int b = key[i] & 0xFF;
      if (b == '"' || b == '\\') {
        text.append('\\').append((char) b);
      } else if (b >= ' ' && b < 0x7F) {
        text.append((char) b);
      } else {
        text.append(String.format("\\x%02x", b));
      }
    }
    return text.append(key.length > MOST_BYTES ? "…\"" : "\"").toString();
  }
}
