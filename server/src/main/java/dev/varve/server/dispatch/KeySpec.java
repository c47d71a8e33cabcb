package dev.varve.server.dispatch;

import java.util.Set;

/**
 * Where among a command's arguments keys stand: a range that begins at a fixed index. (Redis also
 * knows ranges behind a keyword and counts of keys; no command here needs them.)
 *
 * @param notes what else there is to say; null if nothing
 * @param flags what is done with these keys
 * @param first index of the first key
 * @param last index of the last key, counted from the first; if negative, from the end of all
 *     arguments, -1 being the last one
 * @param step how many arguments apart they are
 */
public record KeySpec(String notes, Set<KeyFlag> flags, int first, int last, int step) {
  /** Returns the index of the last key, or of the argument behind it within its step. */
  int lastIndex(int argumentCount) {
    return last >= 0 ? first + last : argumentCount + last;
  }
}
