package dev.varve.server.datatype;

/**
 * What an event is about, as far as who listens can choose; with the letter that Redis's {@code
 * notify-keyspace-events} has for it.
 */
public enum EventClass {
  /** Keys of any type: deleted, renamed, given a deadline. */
  GENERIC('g'),
  /** Strings. */
  STRING('$'),
  /** Lists. */
  LIST('l'),
  /** Sets. */
  SET('s'),
  /** Hashes. */
  HASH('h'),
  /** Sorted sets. */
  SORTED_SET('z'),
  /** Keys that go because their deadline has passed. */
  EXPIRED('x'),
  /** Keys that go for want of memory: none does here. */
  EVICTED('e'),
  /** Streams. */
  STREAM('t'),
  /** Types of modules: there are none here. */
  MODULE('d'),
  /** Keys that come to be. */
  NEW('n'),
  /** Keys that were asked for and aren't there. */
  KEY_MISS('m'),
  /** Databases as a whole, emptied or swapped: none of Redis's classes. */
  DATABASE(EventClass.NO_LETTER),
  /** Changes of keys that Redis tells nobody of: none of its classes. */
  UNTOLD(EventClass.NO_LETTER);

  /** The class can't be chosen by a letter. */
  static final char NO_LETTER = 0;

  private final char letter;

  EventClass(char letter) {
    this.letter = letter;
  }

  /** Returns Redis's letter for it, or {@link #NO_LETTER}. */
  char letter() {
    return letter;
  }

  /** Returns the class's bit among those that somebody listens for. */
  @SuppressWarnings("EnumOrdinal") // Bits are of one run of the server, and written nowhere.
  public int bit() {
    return 1 << ordinal();
  }
}
