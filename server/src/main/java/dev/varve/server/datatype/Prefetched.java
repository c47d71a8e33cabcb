package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import dev.varve.storage.base.EntryReference;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongPredicate;

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

  /** Memory that a key takes here beside its bytes, and the beginning of its value. */
  private static final int KEY_BYTES = 160;

  /** Returns the memory that it takes to fetch so many bytes of a key, without its value. */
  public static long bytesFor(int keyLength) {
    return KEY_BYTES + (long) keyLength;
  }

  /**
   * Fetches whether a key has a value, and as much of it as tells its type and deadline: what
   * commands need that change or remove it whatever it is. Reads the disk.
   */
  public void fetchHead(int database, ByteBuf buffer, int offset, int length) {
    byte[] key = engineKey(database, buffer, offset, length);
    if (!values.containsKey(new Key(key))) {
      read(key, true, bytes -> true);
    }
  }

  /**
   * Fetches a key's value. Reads the disk.
   *
   * @param memory is asked before so many bytes are taken for the value
   * @return whether there was memory; if not, nothing was fetched
   */
  public boolean fetch(int database, ByteBuf buffer, int offset, int length, LongPredicate memory) {
    byte[] key = engineKey(database, buffer, offset, length);
    return read(key, false, memory);
  }

  private byte[] engineKey(int database, ByteBuf buffer, int offset, int length) {
    byte[] userKey = new byte[length];
    buffer.getBytes(offset, userKey);
    return KeyLayout.keyOf(databases.id(database, view, true), userKey);
  }

  /** Reads a value or its head; whether there was memory for it. */
  private boolean read(byte[] key, boolean head, LongPredicate memory) {
    EntryReference entry = new EntryReference();
    if (view.get(key, 0, key.length, true, entry) != EntryReference.FOUND) {
      values.put(new Key(key), null);
      return true;
    }
    try {
      MemorySegment segment = entry.valueSegment();
      long from = entry.valueOffset();
      int length =
          head ? KeyLayout.headerBytes(KeyLayout.deadline(segment, from)) : entry.valueLength();
      if (!memory.test(length)) {
        return false;
      }
      byte[] value = new byte[length];
      MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, from, value, 0, length);
      values.put(new Key(key), value);
      return true;
    } finally {
      entry.release();
    }
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
