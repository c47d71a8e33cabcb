package dev.varve.server.command.script;

import dev.varve.server.dispatch.CommandException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a library of functions says of itself in its first line: {@code #!lua name=mylib}.
 *
 * @param length bytes of the line, without its end
 */
record LibraryHeader(String name, int length) {
  static final String ENGINE = "LUA";
  private static final String WRONG_NAME =
      "ERR Library names can only contain letters, numbers, or underscores(_) and must be at least"
          + " one character long";
  private static final String NAME = "name=";

  /**
   * Reads the first line of a library.
   *
   * @throws CommandException if it is wrong
   */
  static LibraryHeader of(byte[] code) {
    if (code.length < 2 || code[0] != '#' || code[1] != '!') {
      throw new CommandException("ERR Missing library metadata");
    }
    int end = ScriptHeader.endOfLine(code);
    List<String> words = end < 0 ? null : ScriptHeader.words(code, end);
    if (words == null) {
      throw new CommandException("ERR Invalid library metadata");
    }
    String name = null;
    for (String word : words.subList(1, words.size())) {
      if (!word.regionMatches(true, 0, NAME, 0, NAME.length())) {
        throw new CommandException("ERR Invalid metadata value given: " + word);
      }
      if (name != null) {
        throw new CommandException(
            "ERR Invalid metadata value, name argument was given multiple times");
      }
      name = word.substring(NAME.length());
    }
    if (name == null) {
      throw new CommandException("ERR Library name was not given");
    }
    checkName(name);
    String engine = words.getFirst().substring("#!".length());
    if (!engine.toUpperCase(Locale.ROOT).equals(ENGINE)) {
      throw new CommandException("ERR Engine '" + engine + "' not found");
    }
    return new LibraryHeader(name, end);
  }

  private static void checkName(String name) {
    if (!isName(name)) {
      throw new CommandException(WRONG_NAME);
    }
  }

  /** Whether a library, or a function, may have a name. */
  static boolean isName(String name) {
    return !name.isEmpty()
        && name.chars().allMatch(c -> c == '_' || (c < 128 && Character.isLetterOrDigit((char) c)));
  }

  /** What is wrong with the name of a function that may have none such; without a code. */
  static String wrongName() {
    return WRONG_NAME.substring("ERR ".length());
  }

  /** Returns the library without the line, whose end stays, so that lines keep their numbers. */
  byte[] body(byte[] code) {
    return Arrays.copyOfRange(code, length, code.length);
  }
}
