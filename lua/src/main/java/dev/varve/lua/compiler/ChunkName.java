package dev.varve.lua.compiler;

/**
 * The name of a chunk, as it is shown before lines: {@code =name} and {@code @file} as they are,
 * else a piece of the text.
 */
public final class ChunkName {
  private static final int SHORT = 60;
  private static final int LONG = 80;

  private final String name;

  public ChunkName(String name) {
    int zero = name.indexOf(0);
    this.name = zero < 0 ? name : name.substring(0, zero);
  }

  /** The name, as it was given. */
  String given() {
    return name;
  }

  public String inErrors() {
    return shown(SHORT);
  }

  String inSyntaxErrors() {
    return shown(LONG);
  }

  private String shown(int size) {
    if (name.startsWith("=")) {
      return name.substring(1, Math.min(name.length(), size));
    }
    if (name.startsWith("@")) {
      String file = name.substring(1);
      int room = size - " '...' ".length() - 1;
      return file.length() > room ? "..." + file.substring(file.length() - room) : file;
    }
    int end = 0;
    while (end < name.length() && name.charAt(end) != '\n' && name.charAt(end) != '\r') {
      end++;
    }
    int room = size - " [string \"...\"] ".length() - 1;
    int n = Math.min(end, room);
    return "[string \"" + name.substring(0, n) + (n < name.length() ? "..." : "") + "\"]";
  }
}
