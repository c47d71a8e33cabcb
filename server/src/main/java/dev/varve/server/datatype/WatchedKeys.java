package dev.varve.server.datatype;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Keys that connections watch: whoever watches one is told as soon as a batch that touches it is
 * appended. A batch is physical, so all that changes a key is seen, whichever command it was.
 *
 * <p>As in Redis, a key whose deadline had passed when it began to be watched may be removed
 * without being touched, and a database that is emptied or swapped touches the keys that are there,
 * or come to be.
 *
 * <p>The storage thread's, but for {@link Watcher#isTouched}.
 */
public final class WatchedKeys {
  private final Databases databases;

  /** By the keys that the engine has them under, as long as {@link #mapping} holds. */
  private final Map<Key, List<Watch>> byKey = new HashMap<>();

  private Databases.Version mapping;
  private final Key sought = new Key();

  /** What keys are that a swap of databases puts in the place of watched ones. */
  private final Map<Key, State> swappedIn = new HashMap<>();

  /** One that watches keys. */
  public static final class Watcher {
    private final List<Watch> watches = new ArrayList<>();
    private volatile boolean touched;

    /** Any thread: whether a key that it watches was touched. */
    public boolean isTouched() {
      return touched;
    }
  }

  /**
   * What a key is when it begins to be watched.
   *
   * @param present whether it has a value, be it past its deadline
   * @param deadline of one that has
   * @param expired whether that has passed
   */
  public record State(boolean present, long deadline, boolean expired) {}

  private static final class Watch {
    private final Watcher watcher;
    private final int database;
    private final byte[] userKey;
    private State state;

    private Watch(Watcher watcher, int database, byte[] userKey, State state) {
      this.watcher = watcher;
      this.database = database;
      this.userKey = userKey;
      this.state = state;
    }
  }

  private static final class Key {
    private byte[] bytes = {};
    private int offset;
    private int length;

    private Key of(byte[] some, int from, int count) {
      bytes = some;
      offset = from;
      length = count;
      return this;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Key key
          && Arrays.equals(
              bytes, offset, offset + length, key.bytes, key.offset, key.offset + key.length);
    }

    @Override
    public int hashCode() {
      int hash = 0;
      for (int i = offset; i < offset + length; i++) {
        hash = 31 * hash + bytes[i];
      }
      return hash;
    }
  }

  /** Makes one that nobody watches a key of. */
  public WatchedKeys(Databases databases) {
    this.databases = databases;
    this.mapping = databases.newest();
  }

  /** Whether nobody watches a key. */
  public boolean isEmpty() {
    return byKey.isEmpty();
  }

  /** Has a key watched, unless it is already by this watcher. */
  public void watch(Watcher watcher, int database, byte[] userKey, State state) {
    if (isEmpty()) {
      mapping = databases.newest();
    }
    for (Watch watch : watcher.watches) {
      if (watch.database == database && Arrays.equals(watch.userKey, userKey)) {
        return;
      }
    }
    Watch watch = new Watch(watcher, database, userKey, state);
    watcher.watches.add(watch);
    add(watch);
  }

  private void add(Watch watch) {
    byte[] key = KeyLayout.keyOf(mapping.id(watch.database), watch.userKey);
    byKey.computeIfAbsent(new Key().of(key, 0, key.length), _ -> new ArrayList<>(1)).add(watch);
  }

  /** Lets a watcher watch nothing any more. */
  public void unwatch(Watcher watcher) {
    for (Watch watch : watcher.watches) {
      byte[] key = KeyLayout.keyOf(mapping.id(watch.database), watch.userKey);
      Key itsKey = sought.of(key, 0, key.length);
      List<Watch> others = byKey.get(itsKey);
      if (others != null && others.remove(watch) && others.isEmpty()) {
        byKey.remove(itsKey);
      }
    }
    watcher.watches.clear();
  }

  /**
   * To be called before two databases are swapped, by a transaction on the storage thread: looks up
   * what comes in the place of watched keys.
   *
   * @throws ReadNeeded if only the disk knows one of them
   */
  public void beforeSwap(int one, int other, Keyspace keyspace) {
    for (List<Watch> watches : byKey.values()) {
      for (Watch watch : watches) {
        if (watch.database == one || watch.database == other) {
          int from = watch.database == one ? other : one;
          byte[] key = keyspace.selectIn(from, watch.userKey);
          swappedIn.put(new Key().of(key, 0, key.length), keyspace.state());
        }
      }
    }
  }

  /** Whether the deadline of a key has passed since it is watched. */
  public boolean hasExpired(Watcher watcher, Keyspace keyspace) {
    for (Watch watch : watcher.watches) {
      State state = watch.state;
      if (state.present()
          && !state.expired()
          && state.deadline() != KeyLayout.NO_DEADLINE
          && keyspace.remaining(state.deadline()) <= 0) {
        return true;
      }
    }
    return false;
  }

  /** Tells those who watch what a batch has touched, which is appended. */
  public void appended(WriteBatch batch) {
    List<Watcher> touched = new ArrayList<>();
    Visitor visitor = new Visitor(touched);
    batch.forEach(visitor);
    Databases.Version before = mapping;
    if (databases.newest() != before) {
      changeMapping(touched, before);
      // What was put under new ids.
      batch.forEach(visitor);
    }
    swappedIn.clear();
    for (Watcher watcher : touched) {
      watcher.touched = true;
      unwatch(watcher);
    }
  }

  private void changeMapping(List<Watcher> touched, Databases.Version before) {
    mapping = databases.newest();
    List<Watch> all = new ArrayList<>();
    byKey.values().forEach(all::addAll);
    byKey.clear();
    for (Watch watch : all) {
      int id = mapping.id(watch.database);
      if (id != before.id(watch.database)) {
        // An id that is new stands for a database that has been emptied.
        State state =
            before.isGivenOut(id)
                ? stateOf(KeyLayout.keyOf(id, watch.userKey))
                : new State(false, KeyLayout.NO_DEADLINE, false);
        boolean wasThere = watch.state.present() && !watch.state.expired();
        boolean isThere = state == null || (state.present() && !state.expired());
        if (wasThere || isThere) {
          touched.add(watch.watcher);
        } else {
          watch.state = state;
        }
      }
      add(watch);
    }
  }

  /** What a key is that was swapped in; null if nobody has looked. */
  private State stateOf(byte[] key) {
    return swappedIn.get(sought.of(key, 0, key.length));
  }

  private final class Visitor implements WriteBatch.Visitor {
    private final List<Watcher> touched;

    private Visitor(List<Watcher> touched) {
      this.touched = touched;
    }

    @Override
    public void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {
      if (bytes[keyOffset] != KeyLayout.KEYS) {
        return;
      }
      List<Watch> watches = byKey.get(sought.of(bytes, keyOffset, keyLength));
      if (watches == null) {
        return;
      }
      for (Watch watch : watches) {
        if (watch.state.expired() && !EntryKind.isPut(kind)) {
          // What had expired before is removed: nothing has changed.
          watch.state = new State(false, KeyLayout.NO_DEADLINE, false);
        } else {
          touched.add(watch.watcher);
        }
      }
    }

    @Override
    public void range(long sequence, byte[] begin, byte[] end) {
      // Keys go by ranges only with their database's id.
    }

    @Override
    public void abandon(long sequence, byte[] begin, byte[] end) {
      // Nothing could reach such keys: nobody watches them.
    }

    @Override
    public void count(long group, long delta) {
      // Counts are of keys that points touch.
    }

    @Override
    public void forget(long group) {
      // As are these.
    }
  }
}
