package dev.varve.server.config;

import java.util.List;

/**
 * One setting.
 *
 * @param name the directive, in lower case
 * @param type what it takes
 * @param defaultWords its value if none is given, as it would be written
 * @param mutable whether CONFIG SET may change it
 * @param meaning one line for people
 * @param <T> how the value is kept
 */
public record Setting<T>(
    String name, SettingType<T> type, List<String> defaultWords, boolean mutable, String meaning) {

  /** Returns the value if none is given. */
  public T defaultValue() {
    return type.parse(defaultWords);
  }
}
