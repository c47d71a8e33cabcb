package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

/**
 * What memory could not tell a command on the storage thread, where the disk may not be read, and
 * what the disk holds: filled by rehearsals of the command on the read pool, then asked when it
 * runs again.
 *
 * <p>It answers for a key that memory can't answer for as long as nothing was flushed after the
 * view that it began with: what such a key has lies in tables then, and that view saw them all.
 * Used by one thread at a time, and handed from one to the next safely.
 */
public final class Misses {
  /** Nothing has been read. */
  public static final Misses NONE = new Misses(Long.MIN_VALUE);

  /** What is known of a key that has no value. */
  private static final Answer ABSENT = new Answer(null, 0);

  /** Memory that a key takes here beside its bytes, and the beginning of its value. */
  private static final int KEY_BYTES = 160;

  private final long sequence;
  private final Map<Key, Answer> answers = new HashMap<>();
  private long bytes;
  private LongPredicate memory = more -> false;
  private long seed;
  private boolean seeded;

  /**
   * A key of which memory couldn't tell what a command wanted to know.
   *
   * @param key of the engine's null: a walk met what only the disk knows
   * @param value whether the value's bytes were wanted, and not only what stands before them
   * @param seed of the random numbers that the command works with
   */
  public record Wanted(byte[] key, boolean value, long seed) {}

  /**
   * What a key held.
   *
   * @param bytes the whole value, or the part of it that tells type and deadline; null: it had none
   * @param length of the whole value
   */
  record Answer(byte[] bytes, int length) {
    boolean isAbsent() {
      return bytes == null;
    }

    boolean isWhole() {
      return bytes.length == length;
    }
  }

  private record Key(byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }
  }

  /**
   * There is no memory for what was read, just now: what was being rehearsed, or read, is to be
   * given up. It is thrown on the way of ordinary commands, so there is one instance and no stack.
   */
  public static final class NoMemory extends RuntimeException {
    @SuppressWarnings("StaticAssignmentOfThrowable") // It has no stack, cause or suppressed ones.
    static final NoMemory INSTANCE = new NoMemory();

    private static final long serialVersionUID = 1L;

    private NoMemory() {
      super("no memory for what was read", null, false, false);
    }
  }

  /** Returns misses of which nothing is known, for a command whose random numbers have a seed. */
  public static Misses seeded(long seed) {
    Misses none = new Misses(Long.MIN_VALUE);
    none.seed(seed);
    return none;
  }

  private Misses(long sequence) {
    this.sequence = sequence;
  }

  /**
   * Returns what a rehearsal over a view adds to: what was read before if that still holds, else
   * nothing.
   *
   * @param memory is asked before so many bytes, all that was read together, are taken
   */
  Misses continuedAt(ReadView view, LongPredicate memory) {
    Misses continued = this != NONE && holdsFor(view) ? this : new Misses(view.sequence());
    continued.memory = memory;
    continued.seed = seed;
    continued.seeded = seeded;
    return continued;
  }

  /** Notes the seed of the random numbers that the command works with. */
  void seed(long its) {
    seed = its;
    seeded = true;
  }

  boolean isSeeded() {
    return seeded;
  }

  long seed() {
    return seed;
  }

  /** Whether what was read still holds for what a view has in its tables. */
  boolean holdsFor(ReadView view) {
    return view.flushedSequence() <= sequence;
  }

  /** Returns what is known of a key; null: nothing. */
  Answer answer(byte[] engineKey, int length) {
    return answers.isEmpty() ? null : answers.get(new Key(Arrays.copyOf(engineKey, length)));
  }

  /** Notes that a key has no value. */
  void absent(byte[] engineKey, int length) {
    add(engineKey, length, ABSENT, 0);
  }

  /** Notes what stands before a key's value. */
  void head(byte[] engineKey, int length, MemorySegment segment, long offset, int valueLength) {
    int head = KeyLayout.headerBytes(segment, offset);
    note(engineKey, length, segment, offset, head, valueLength);
  }

  /** Notes a key's value. */
  void value(byte[] engineKey, int length, MemorySegment segment, long offset, int valueLength) {
    note(engineKey, length, segment, offset, valueLength, valueLength);
  }

  private void note(
      byte[] engineKey,
      int keyLength,
      MemorySegment segment,
      long offset,
      int noted,
      int valueLength) {
    reserve(KEY_BYTES + (long) keyLength + noted);
    byte[] copy = new byte[noted];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, copy, 0, noted);
    add(engineKey, keyLength, new Answer(copy, valueLength), noted);
  }

  private void add(byte[] engineKey, int keyLength, Answer answer, int noted) {
    long taken = KEY_BYTES + (long) keyLength + noted;
    reserve(taken);
    bytes += taken;
    answers.put(new Key(Arrays.copyOf(engineKey, keyLength)), answer);
  }

  private void reserve(long more) {
    if (!memory.test(bytes + more)) {
      throw NoMemory.INSTANCE;
    }
  }
}
