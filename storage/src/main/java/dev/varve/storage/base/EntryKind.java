package dev.varve.storage.base;

/**
 * What an entry says about its key. The numbers are part of the WAL and table formats.
 *
 * <p>An entry carries the <i>blind</i> bit when it was written without knowing whether its key
 * existed before. The engine then owes the key's group a correction of its live count: plus one if
 * there was no live entry beneath, nothing otherwise. Merges settle the debt when they see what is
 * beneath; see {@code docs/architecture.md}, "Counting keys".
 */
public final class EntryKind {
  /** A value. */
  public static final byte PUT = 1;

  /** A tombstone: the key has no value. */
  public static final byte DELETE = 2;

  /** A tombstone over the keys in [begin, end). Kept apart from the point entries. */
  public static final byte DELETE_RANGE = 3;

  /** Set on {@link #PUT} or {@link #DELETE}: whether the key lived beneath isn't known. */
  public static final byte BLIND_BIT = 0x10;

  /**
   * Set on {@link #PUT}: in place of the value stands a {@link BlobReference} to it. In tables
   * only; reads give the value itself.
   */
  public static final byte APART_BIT = 0x20;

  /** A value written without knowing whether its key existed. */
  public static final byte PUT_BLIND = PUT | BLIND_BIT;

  /** A tombstone that took over the debt of a blind put which it shadows. */
  public static final byte DELETE_BLIND = DELETE | BLIND_BIT;

  private EntryKind() {}

  /** Whether the entry gives its key a value. */
  public static boolean isPut(byte kind) {
    return (kind & ~(BLIND_BIT | APART_BIT)) == PUT;
  }

  /** Whether a reference stands in the value's place. */
  public static boolean isApart(byte kind) {
    return (kind & APART_BIT) != 0;
  }

  /** Whether the entry's existence debt is open. */
  public static boolean isBlind(byte kind) {
    return (kind & BLIND_BIT) != 0;
  }

  /** Whether {@code kind} may stand in a point entry of a memtable or log. */
  public static boolean isPoint(byte kind) {
    return kind == PUT || kind == DELETE || kind == PUT_BLIND || kind == DELETE_BLIND;
  }
}
