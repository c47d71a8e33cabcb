package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * What keys held at a view, read on the read pool for a command that will run on the storage
 * thread, where the disk may not be read.
 *
 * <p>It answers for a key that memory can't answer for as long as nothing was flushed since: what
 * such a key has lies in tables then, and the view saw all tables. Filled by one thread, then read
 * by another to which it is handed safely.
 */
public final class Prefetched {
  /** Nothing has been fetched. */
  public static final Prefetched NONE = new Prefetched(null, null);

  private final ReadView view;
  private final Databases databases;
  private final long sequence;
  private final Map<Key, byte[]> values = new HashMap<>();

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

  private Prefetched(ReadView view, Databases databases) {
    this.view = view;
    this.databases = databases;
    this.sequence = view == null ? Long.MIN_VALUE : view.sequence();
  }

  /** Begins to fetch from a view, which stays open until all is fetched. */
  public static Prefetched from(ReadView view, Databases databases) {
    return new Prefetched(view, databases);
  }

  /** Fetches a key's value. Reads the disk. */
  public void fetch(int database, ByteBuf buffer, int offset, int length) {
    byte[] userKey = new byte[length];
    buffer.getBytes(offset, userKey);
    fetch(KeyLayout.keyOf(databases.id(database, view, true), userKey));
  }

  void fetch(byte[] engineKey) {
    values.put(new Key(engineKey), view.get(engineKey));
  }

  /** Whether what was fetched still holds for what {@code latest} has in its tables. */
  boolean holdsFor(ReadView latest) {
    return latest.flushedSequence() <= sequence;
  }

  /** Whether a key was fetched. */
  boolean has(byte[] engineKey, int length) {
    return !values.isEmpty() && values.containsKey(new Key(Arrays.copyOf(engineKey, length)));
  }

  /** A fetched key's value; null if it had none. */
  byte[] value(byte[] engineKey, int length) {
    return values.get(new Key(Arrays.copyOf(engineKey, length)));
  }
}
