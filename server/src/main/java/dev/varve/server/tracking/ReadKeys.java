package dev.varve.server.tracking;

import dev.varve.server.datatype.KeptMemory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Which clients have read which keys, and when. Safe for use by many threads: what concerns one key
 * is done by one after another.
 */
final class ReadKeys {
  /** Heap that a key takes beside its bytes, and a client of it: about. */
  private static final int KEY_BYTES = 160;

  private static final int READER_BYTES = 56;

  /**
   * A client that has read a key, perhaps several times.
   *
   * @param first its earliest read that wasn't told to be out of date saw at least this
   * @param last its latest read saw at least this
   */
  private record Reader(long client, long first, long last) {}

  /** A key whose bytes stay as they are. */
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

  /** A key that is not remembered any more, and who had read it. */
  record Forgotten(byte[] key, List<Long> clients) {}

  private final KeptMemory memory;
  private final ConcurrentHashMap<Key, Reader[]> readers = new ConcurrentHashMap<>();
  private final AtomicLong count = new AtomicLong();
  private final AtomicLong items = new AtomicLong();

  /** Where {@link #forgetOne} has come to: so that it never passes the same gaps twice. */
  private Iterator<Key> oldest;

  ReadKeys(KeptMemory memory) {
    this.memory = memory;
  }

  long count() {
    return count.get();
  }

  long items() {
    return items.get();
  }

  /** Notes a read; false: there is no memory for it. */
  boolean note(byte[] key, long client, long sequence) {
    boolean[] noted = {true};
    readers.compute(
        new Key(key),
        (its, known) -> {
          Reader[] some = known == null ? new Reader[0] : known;
          for (int i = 0; i < some.length; i++) {
            if (some[i].client() == client) {
              some[i] = new Reader(client, some[i].first(), Math.max(some[i].last(), sequence));
              return some;
            }
          }
          if (!memory.take(READER_BYTES + (known == null ? KEY_BYTES + key.length : 0))) {
            noted[0] = false;
            return known;
          }
          count.addAndGet(known == null ? 1 : 0);
          items.incrementAndGet();
          Reader[] more = Arrays.copyOf(some, some.length + 1);
          more[some.length] = new Reader(client, sequence, sequence);
          return more;
        });
    return noted[0];
  }

  /**
   * A step has changed a key: returns those whose copy is out of date, each once. Who has read it
   * since is remembered on.
   */
  List<Long> changed(byte[] key, long step) {
    List<Long> told = new ArrayList<>();
    readers.computeIfPresent(
        new Key(key),
        (_, known) -> {
          List<Reader> left = new ArrayList<>();
          for (Reader reader : known) {
            if (reader.first() < step) {
              told.add(reader.client());
            }
            if (reader.last() >= step) {
              left.add(new Reader(reader.client(), Math.max(reader.first(), step), reader.last()));
            }
          }
          drop(known.length - left.size(), left.isEmpty() ? key.length : -1);
          return left.isEmpty() ? null : left.toArray(Reader[]::new);
        });
    return told;
  }

  /** Counts readers that have gone, and their key with them unless {@code keyLength} is -1. */
  private void drop(int some, int keyLength) {
    items.addAndGet(-some);
    long bytes = (long) READER_BYTES * some;
    if (keyLength >= 0) {
      count.decrementAndGet();
      bytes += KEY_BYTES + keyLength;
    }
    memory.give(bytes);
  }

  /** Forgets some key, and says who had read it; null: there is none. */
  synchronized Forgotten forgetOne() {
    if (oldest == null || !oldest.hasNext()) {
      oldest = readers.keySet().iterator();
    }
    while (oldest.hasNext()) {
      Key next = oldest.next();
      Reader[] known = readers.remove(next);
      if (known != null) {
        drop(known.length, next.bytes().length);
        return new Forgotten(next.bytes(), Arrays.stream(known).map(Reader::client).toList());
      }
    }
    return null;
  }

  /** Forgets a key. */
  void forget(byte[] key) {
    readers.computeIfPresent(
        new Key(key),
        (_, known) -> {
          drop(known.length, key.length);
          return null;
        });
  }

  /** Forgets all keys. */
  void forgetAll() {
    readers.keySet().forEach(key -> forget(key.bytes()));
  }
}
