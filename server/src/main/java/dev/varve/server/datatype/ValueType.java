package dev.varve.server.datatype;

import java.util.List;

/**
 * What a key can hold, in the order of the numbers that values' headers have, with the names that
 * Redis has for a collection's encodings. A collection's first own byte is the number of its
 * encoding. It says how Redis would keep the collection, and never steps back to a smaller one; how
 * it lies here is its form, and doesn't follow from it.
 */
public enum ValueType {
  /** Bytes. Its encoding follows from them. */
  STRING(0, "string"),
  /** A list. */
  LIST(1, "list", "quicklist"),
  /** A set. */
  SET(2, "set", "intset", "hashtable"),
  /** A set whose members have scores. */
  SORTED_SET(3, "zset", "listpack", "skiplist"),
  /** A map of fields to values. */
  HASH(4, "hash", "listpack", "hashtable"),
  /** A log of entries. */
  STREAM(5, "stream", "stream");

  private static final List<ValueType> BY_NUMBER = List.of(values());

  /**
   * What a header has instead of {@link #STRING}'s number if the string is spread. Versions that
   * know of none so refuse it.
   */
  private static final byte STRING_IN_CHUNKS = 6;

  private final byte number;
  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // List.of makes one that is.
  private final List<String> encodings;

  ValueType(int number, String label, String... encodings) {
    this.number = (byte) number;
    this.label = label;
    this.encodings = List.of(encodings);
  }

  static ValueType of(int number) {
    if (number == STRING_IN_CHUNKS) {
      return STRING;
    }
    if (number >= BY_NUMBER.size()) {
      throw new IllegalStateException("a value of unknown type " + number);
    }
    return BY_NUMBER.get(number);
  }

  byte number() {
    return number;
  }

  /** Returns what the header of a value has. */
  byte number(boolean spread) {
    return spread && this == STRING ? STRING_IN_CHUNKS : number;
  }

  /** Returns the name that TYPE answers. */
  public String label() {
    return label;
  }

  /**
   * Returns the name that OBJECT ENCODING answers for the number of an encoding.
   *
   * @param withDeadlines whether it is a hash whose fields were given deadlines: a small one has a
   *     name of its own then
   */
  String encoding(int number, boolean withDeadlines) {
    if (withDeadlines && number == 0) {
      return "listpackex";
    }
    if (number >= encodings.size()) {
      throw new IllegalStateException("a " + label + " of unknown encoding " + number);
    }
    return encodings.get(number);
  }
}
