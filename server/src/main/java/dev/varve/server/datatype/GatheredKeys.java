package dev.varve.server.datatype;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.Lookups;
import dev.varve.storage.base.EntryReference;
import io.netty.buffer.ByteBuf;

/**
 * Keys of one database that a command looks up together, in the order in which they were added. Not
 * thread-safe.
 */
final class GatheredKeys {
  private final Transaction transaction;
  private final AccessTimes accessTimes;
  private final KeyBatch keys = new KeyBatch();
  private final Lookups lookups = new Lookups();

  GatheredKeys(Transaction transaction, AccessTimes accessTimes) {
    this.transaction = transaction;
    this.accessTimes = accessTimes;
  }

  void add(int databaseId, ByteBuf buffer, int offset, int length) {
    int keyLength = KeyLayout.USER_KEY_OFFSET + length;
    int at = keys.add(keyLength);
    byte[] bytes = keys.bytes();
    bytes[at] = KeyLayout.KEYS;
    KeyLayout.INT.set(bytes, at + 1, databaseId);
    buffer.getBytes(offset, bytes, at + KeyLayout.USER_KEY_OFFSET, length);
    accessTimes.note(bytes, at, keyLength, transaction.now());
  }

  /**
   * Looks all of them up.
   *
   * @throws ReadNeeded if only the disk knows one of them; all are let go of then
   */
  void lookUp() {
    transaction.view().get(keys, transaction.mayRead(), lookups);
    for (int i = 0; i < lookups.size(); i++) {
      if (lookups.answer(i) == EntryReference.NEEDS_READ) {
        forget();
        throw ReadNeeded.INSTANCE;
      }
    }
  }

  /**
   * Tells what was found of the key that was added as the number given, from 0 on.
   *
   * @param selected is told as if it had looked the key up
   * @throws ReadNeeded if only the disk knows its value
   */
  void answer(int number, int databaseId, SelectedKey selected) {
    int answer = lookups.answer(number);
    if (answer == EntryReference.ALONE) {
      selected.foundOf(databaseId, keys.bytes(), keys.offset(number), keys.length(number));
    } else {
      boolean there = answer == EntryReference.FOUND;
      selected.foundElsewhere(databaseId, there ? lookups.entry(number) : null);
    }
  }

  /** Tells whoever listens that the key of this number was read in vain. */
  void tellMiss(int number, int databaseId) {
    transaction.happens(
        KeyEvent.KEYMISS, databaseId, keys.bytes(), keys.offset(number), keys.length(number));
  }

  /** Lets go of them. */
  void forget() {
    lookups.release();
    keys.clear();
  }

  boolean isEmpty() {
    return keys.size() == 0;
  }
}
