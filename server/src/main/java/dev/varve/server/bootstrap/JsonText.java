package dev.varve.server.bootstrap;

/** Text as JSON has it (RFC 8259), in ASCII alone, so that no encoding can spoil it. */
final class JsonText {
  private JsonText() {}

  /** The text as a JSON string, quotes included. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c >= ' ' && c < 0x7F) {
        quoted.append(c);
      } else {
        quoted.append(String.format("\\u%04x", (int) c));
      }
    }
    return quoted.append('"').toString();
  }
}
