package dev.varve.storage;

import dev.varve.storage.base.EntryReference;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The answers to lookups of many keys, see {@link ReadView#get(KeyBatch, boolean, Lookups)}. What
 * was found pins the memory that holds it until {@link #release}. Reused, so that nothing is
 * allocated once it has grown. Not thread-safe.
 */
public final class Lookups {
  private EntryReference[] entries = {};
  private int[] answers = {};
  private int size;
  private Object workspace;

  /** How many keys were looked up. */
  public int size() {
    return size;
  }

  /**
   * The answer for the key of an index: {@link EntryReference#FOUND}, {@link
   * EntryReference#ABSENT}, {@link EntryReference#NEEDS_READ}, or {@link EntryReference#ALONE}.
   */
  public int answer(int index) {
    return answers[index];
  }

  /** Where the value of a key lies, if it was found. Released with all others. */
  public EntryReference entry(int index) {
    return entries[index];
  }

  /** Lets go of all that was found. */
  public void release() {
    for (int i = 0; i < size; i++) {
      if (answers[i] == EntryReference.FOUND) {
        entries[i].release();
      }
    }
    size = 0;
  }

  /** The engine's: so many keys are looked up; none is found so far. */
  public void begin(int keys) {
    release();
    int before = entries.length;
    if (keys > before) {
      entries = Arrays.copyOf(entries, keys);
      answers = Arrays.copyOf(answers, keys);
      for (int i = before; i < keys; i++) {
        entries[i] = new EntryReference();
      }
    }
    Arrays.fill(answers, 0, keys, EntryReference.ABSENT);
    size = keys;
  }

  /** The engine's: what it works with, kept for the next lookups; made by the first. */
  public <T> T workspace(Class<T> type, Supplier<T> maker) {
    if (!type.isInstance(workspace)) {
      workspace = maker.get();
    }
    return type.cast(workspace);
  }

  /** The engine's: the answer for a key. */
  public void answer(int index, int answer) {
    answers[index] = answer;
  }
}
