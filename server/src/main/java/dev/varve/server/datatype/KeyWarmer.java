package dev.varve.server.datatype;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;

/**
 * Gathers the keys of requests that are about to be executed and has the memory that holds them
 * fetched together: a pipelined lookup spends most of its time waiting for memory. Not thread-safe.
 */
public final class KeyWarmer {
  /** Longer keys are not worth the copy. */
  private static final int LONGEST = 256;

  /** More keys would not stay in the processor's caches; and a client must not fill the heap. */
  private static final int MOST = 1024;

  private final KeyBatch keys = new KeyBatch();

  /** Adds a user key of the database with this id, unless it is too long or there are enough. */
  public void add(int databaseId, ByteBuf buffer, int offset, int length) {
    if (length > LONGEST || keys.size() == MOST) {
      return;
    }
    int at = keys.add(KeyLayout.USER_KEY_OFFSET + length);
    KeyLayout.putKeyPrefix(keys.bytes(), at, databaseId);
    buffer.getBytes(offset, keys.bytes(), at + KeyLayout.USER_KEY_OFFSET, length);
  }

  /** Fetches what has been added, and forgets it. */
  public void warm(ReadView view) {
    view.warm(keys);
    keys.clear();
  }
}
