package dev.varve.server.command.key;

import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.Keyspace;
import dev.varve.storage.KeyBounds;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Picks a key of a database at random. What has been deleted or has expired is in its way until it
 * is merged or removed: it looks in several places, passing little in each, before it walks.
 */
final class RandomKey {
  private static final int TRIES = 100;

  /** Entries of deleted keys that all tries together pass. */
  private static final long PASSED_BY_TRIES = 8192;

  /** Places to look at around which nearly all is deleted. */
  private static final int PLACES = 8;

  /** Entries of deleted keys that are passed on each side of a place. */
  private static final long PASSED_BESIDE = 512;

  /** Keys that have expired looked at on each side of a place. */
  private static final int EXPIRED_BESIDE = 64;

  /** No key is told from another by more than so many choices. */
  private static final int CHOICES = 64;

  private static final byte[] NOTHING = {};

  private final Keyspace keyspace;
  private final KeyIterator keys;
  private final RandomGenerator random;

  private RandomKey(Keyspace keyspace, KeyIterator keys, RandomGenerator random) {
    this.keyspace = keyspace;
    this.keys = keys;
    this.random = random;
  }

  /** Returns one of a database's keys; null if it has none. */
  static byte[] find(Keyspace keyspace, RandomGenerator random) {
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.walkedView(),
            keyspace.databaseId(),
            NOTHING,
            keyspace.time().now(),
            keyspace.time().wallNow())) {
      return new RandomKey(keyspace, keys, random).find();
    }
  }

  private byte[] find() {
    keys.passAtMost(PASSED_BY_TRIES);
    for (int i = 0; i < TRIES && !keys.isHalted(); i++) {
      byte[] key = descend();
      if (!keys.isHalted() && (key == null || keys.isLive())) {
        return key;
      }
    }
    byte[] key = findBesidePlaces();
    return key == null ? findFirst() : key;
  }

  /** Returns the first key; null if there is none. */
  private byte[] findFirst() {
    keys.passAtMost(Long.MAX_VALUE);
    keys.first();
    while (keys.isValid() && !keys.isLive()) {
      keys.next();
    }
    return keys.isValid() ? keys.key() : null;
  }

  /**
   * Descends the tree that the keys' bytes form: where keys differ for the first time, one of the
   * branches is taken. Even where branches hold about as many keys each, as they do in numbered
   * keys.
   *
   * @return the key that {@code keys} stands on then; null if there is none, or if it has halted
   */
  private byte[] descend() {
    byte[] prefix = NOTHING;
    while (true) {
      keys.seekToLastOf(prefix);
      if (!keys.isValid()) {
        return null;
      }
      byte[] last = keys.key();
      keys.seek(prefix);
      if (!keys.isValid()) {
        return null;
      }
      byte[] first = keys.key();
      int common = Arrays.mismatch(first, last);
      if (common < 0) {
        return first;
      }
      if (common == first.length && random.nextInt(1 + (last[common] & 0xFF)) == 0) {
        return first;
      }
      keys.seek(branch(first, last, common));
      if (!keys.isValid()) {
        return null;
      }
      prefix = Arrays.copyOf(keys.key(), common + 1);
    }
  }

  /** A place in one of the branches between two keys that differ from {@code common} on. */
  private byte[] branch(byte[] first, byte[] last, int common) {
    int low = common == first.length ? 0 : first[common] & 0xFF;
    int high = last[common] & 0xFF;
    byte[] branch = Arrays.copyOf(last, common + 1);
    branch[common] = (byte) random.nextInt(low, high + 1);
    return branch;
  }

  /**
   * Looks for a key beside the database's outermost entries, and beside some that are picked at
   * random among all of them, deleted or not.
   *
   * @return null if none is near any of them
   */
  private byte[] findBesidePlaces() {
    KeyBounds all = KeyIterator.bounds(keyspace.walkedView(), keyspace.databaseId());
    if (all == null) {
      return null;
    }
    for (int i = 0; i < PLACES; i++) {
      byte[] key = findBeside(anyEntry(all));
      if (key != null) {
        return key;
      }
    }
    byte[] key = findBeside(all.greatest());
    return key == null ? findBeside(all.least()) : key;
  }

  private byte[] findBeside(byte[] place) {
    keys.passAtMost(PASSED_BESIDE);
    keys.seek(place);
    for (int i = 0; keys.isValid() && i < EXPIRED_BESIDE; i++) {
      if (keys.isLive()) {
        return keys.key();
      }
      keys.next();
    }
    keys.passAtMost(PASSED_BESIDE);
    keys.seekToLastOf(place);
    for (int i = 0; keys.isValid() && i < EXPIRED_BESIDE; i++) {
      if (keys.isLive()) {
        return keys.key();
      }
      keys.previous();
    }
    return null;
  }

  /** As {@link #descend}, among all entries, and passing none. */
  private byte[] anyEntry(KeyBounds all) {
    KeyBounds bounds = all;
    for (int i = 0; i < CHOICES; i++) {
      byte[] first = bounds.least();
      byte[] last = bounds.greatest();
      int common = Arrays.mismatch(first, last);
      if (common < 0) {
        return first;
      }
      KeyBounds behind =
          KeyIterator.boundsFrom(
              keyspace.walkedView(), keyspace.databaseId(), branch(first, last, common));
      byte[] prefix = Arrays.copyOf(behind.least(), common + 1);
      bounds = KeyIterator.bounds(keyspace.walkedView(), keyspace.databaseId(), prefix);
    }
    return bounds.least();
  }
}
