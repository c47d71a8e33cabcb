package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Set;

/**
 * Where among a command's arguments some of its keys stand: where to begin, and which arguments
 * from there on are keys. All kinds that Redis 7 knows.
 *
 * @param notes what else there is to say; null if nothing
 * @param flags what is done with these keys
 * @param begin where the arguments that {@code find} speaks of begin
 * @param find which of them are keys
 */
public record KeySpec(String notes, Set<KeyFlag> flags, Begin begin, Find find) {

  /** Where to begin. */
  public sealed interface Begin {
    /**
     * Returns the index of the argument to begin with, the command's name being 0; -1 if there is
     * none.
     *
     * @param offset where in the request the command begins
     * @param count arguments of the command
     */
    int of(Request request, int offset, int count);
  }

  /**
   * Begins at an argument.
   *
   * @param index of it
   */
  public record AtIndex(int index) implements Begin {
    @Override
    public int of(Request request, int offset, int count) {
      return index;
    }
  }

  /** Begins after a word. */
  public static final class AfterKeyword implements Begin {
    private final String word;
    private final byte[] upperCase;
    private final int from;

    /**
     * Begins after a word in any case.
     *
     * @param from the argument at which the search for it begins: if negative, from the end, and
     *     backwards
     */
    public AfterKeyword(String word, int from) {
      this.word = word;
      this.upperCase = word.toUpperCase(Locale.ROOT).getBytes(StandardCharsets.US_ASCII);
      this.from = from;
    }

    /** Returns the word. */
    public String word() {
      return word;
    }

    /** Returns where the search for it begins. */
    public int from() {
      return from;
    }

    @Override
    public int of(Request request, int offset, int count) {
      int step = from > 0 ? 1 : -1;
      for (int i = from > 0 ? from : count + from; i > 0 && i < count; i += step) {
        if (request.equalsIgnoreCase(offset + i, upperCase)) {
          return i + 1;
        }
      }
      return -1;
    }
  }

  /** Can't be said: a {@link KeyFinder} knows. */
  public enum Unknown implements Begin, Find {
    /** The one. */
    UNKNOWN;

    @Override
    public int of(Request request, int offset, int count) {
      return -1;
    }
  }

  /** Which arguments are keys. */
  public sealed interface Find {}

  /**
   * All in a range.
   *
   * @param last the last one, counted from the first; if negative, from the end of all arguments,
   *     -1 being the last one
   * @param step how many arguments apart they are
   * @param limit if {@code last} is -1, into how many equal parts what is left is divided, of which
   *     the first holds the keys; 0 and 1: all does
   */
  public record InRange(int last, int step, int limit) implements Find {}

  /**
   * As many as an argument says.
   *
   * @param number which argument says how many
   * @param first the first key
   * @param step how many arguments apart they are
   */
  public record Counted(int number, int first, int step) implements Find {}

  /** Returns whether it has a flag. */
  public boolean is(KeyFlag flag) {
    return flags.contains(flag);
  }

  /**
   * Hands the index of each of these keys in a request to {@code action}.
   *
   * @param offset where in the request the command begins
   * @return whether the arguments can be ones of this command; if not, none was handed over
   */
  public boolean forEachKey(Request request, int offset, KeyConsumer action) {
    int count = request.argumentCount() - offset;
    int first = begin.of(request, offset, count);
    if (first < 0) {
      return false;
    }
    int last;
    int step;
    switch (find) {
      case InRange range -> {
        last = lastOf(range, first, count);
        step = range.step;
      }
      case Unknown _ -> {
        return false;
      }
      case Counted counted -> {
        int number = offset + first + counted.number;
        if (number >= request.argumentCount() || !request.isLong(number)) {
          return false;
        }
        long keys = request.longValue(number);
        if (keys < 0 || keys > count) {
          return false;
        }
        step = counted.step;
        first += counted.first;
        last = first + (int) keys - 1;
      }
    }
    if (first >= count || last >= count || last < first) {
      return false;
    }
    for (int index = first; index <= last; index += step) {
      action.accept(offset + index, flags);
    }
    return true;
  }

  private static int lastOf(InRange range, int first, int count) {
    if (range.last >= 0) {
      return first + range.last;
    }
    return range.limit <= 1
        ? count + range.last
        : first + (count - first) / range.limit + range.last;
  }

  /** Is given the index of an argument that is a key, and what is done with it. */
  @FunctionalInterface
  public interface KeyConsumer {
    /** Takes a key. */
    void accept(int index, Set<KeyFlag> flags);
  }

  /** Finds keys that no specification describes fully, as those after options. */
  @FunctionalInterface
  public interface KeyFinder {
    /**
     * Hands each key's index in a request to {@code action}.
     *
     * @param offset where in the request the command begins
     * @return whether the arguments can be ones of this command
     */
    boolean forEachKey(Request request, int offset, KeyConsumer action);
  }
}
