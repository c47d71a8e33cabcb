package dev.varve.server.datatype;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keys that connections watch: whoever watches one is told as soon as a batch that touches it is
 * appended. A batch is physical, so all that changes a key is seen, whichever command it was.
 *
 * <p>As in Redis, a key whose deadline had passed when it began to be watched may be removed
 * without being touched, and a database that is emptied or swapped touches the keys that are there,
 * or come to be.
 *
 * <p>The storage thread's, or that of whoever has its role, but for {@link Watcher#isTouched}.
 */
public final class WatchedKeys {
  /** Heap that a watched key takes beside its bytes, which are there twice. */
  private static final long WATCH_BYTES = 640;

  private final Databases databases;
  private final KeptMemory memory;

  /** By the keys that the engine has them under, as long as {@link #mapping} holds. */
  private final Map<KeySlice, Set<Watch>> byKey = new HashMap<>();

  private Databases.Version mapping;
  private final KeySlice sought = new KeySlice();

  /** What keys are that a swap of databases puts in the place of watched ones. */
  private final Map<KeySlice, State> swappedIn = new HashMap<>();

  /** Who watches keys that were there, or came to be, by a swap, whatever came after it. */
  private final Set<Watcher> touchedBySwaps = new LinkedHashSet<>();

  /** One that watches keys. */
  public static final class Watcher {
    private final Map<UserKey, Watch> watches = new LinkedHashMap<>();
    private long bytes;
    private volatile boolean touched;

    /** Any thread: the heap that what it watches takes, which may be a moment ago. */
    public long bytes() {
      return bytes;
    }

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
   * @param elements what the keys of its elements begin with, if its value is spread; else null
   */
  public record State(boolean present, long deadline, boolean expired, byte[] elements) {
    /** There is no such key. */
    static final State ABSENT = new State(false, KeyLayout.NO_DEADLINE, false, null);

    private boolean isThere() {
      return present && !expired;
    }
  }

  private record UserKey(int database, byte[] bytes) {
    @Override
    public boolean equals(Object other) {
      return other instanceof UserKey key
          && database == key.database
          && Arrays.equals(bytes, key.bytes);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(bytes) + database;
    }
  }

  private static final class Watch {
    private final Watcher watcher;
    private final int database;
    private final byte[] userKey;
    private State state;

    private Watch(Watcher watcher, UserKey key, State state) {
      this.watcher = watcher;
      this.database = key.database;
      this.userKey = key.bytes;
      this.state = state;
    }
  }

  /**
   * Makes one that nobody watches a key of.
   *
   * @param memory is charged for what is watched
   */
  public WatchedKeys(Databases databases, KeptMemory memory) {
    this.databases = databases;
    this.memory = memory;
    this.mapping = databases.newest();
  }

  /** Whether nobody watches a key. */
  public boolean isEmpty() {
    return byKey.isEmpty();
  }

  /** Any thread: whether there is memory to watch so many keys, whose bytes are so many. */
  public boolean hasRoom(int keys, long bytes) {
    return memory.hasRoom(keys * WATCH_BYTES + 2 * bytes);
  }

  /**
   * Has a key watched, unless it is already by this watcher. Whether there is {@linkplain #hasRoom
   * room} has been asked.
   */
  public void watch(Watcher watcher, int database, byte[] userKey, State state) {
    if (isEmpty()) {
      mapping = databases.newest();
    }
    UserKey key = new UserKey(database, userKey);
    if (watcher.watches.containsKey(key)) {
      return;
    }
    Watch watch = new Watch(watcher, key, state);
    watcher.watches.put(key, watch);
    long bytes = WATCH_BYTES + 2L * userKey.length;
    watcher.bytes += bytes;
    memory.takeWhatThereWas(bytes);
    add(watch);
  }

  private void add(Watch watch) {
    add(KeyLayout.keyOf(mapping.id(watch.database), watch.userKey), watch);
    if (watch.state.elements() != null) {
      add(watch.state.elements(), watch);
    }
  }

  private void add(byte[] key, Watch watch) {
    byKey
        .computeIfAbsent(new KeySlice().of(key, 0, key.length), _ -> new LinkedHashSet<>(2))
        .add(watch);
  }

  /** Lets a watcher watch nothing any more. */
  public void unwatch(Watcher watcher) {
    for (Watch watch : watcher.watches.values()) {
      remove(KeyLayout.keyOf(mapping.id(watch.database), watch.userKey), watch);
      if (watch.state.elements() != null) {
        remove(watch.state.elements(), watch);
      }
    }
    watcher.watches.clear();
    memory.give(watcher.bytes);
    watcher.bytes = 0;
  }

  private void remove(byte[] key, Watch watch) {
    KeySlice itsKey = sought.of(key, 0, key.length);
    Set<Watch> others = byKey.get(itsKey);
    if (others != null && others.remove(watch) && others.isEmpty()) {
      byKey.remove(itsKey);
    }
  }

  /**
   * To be called before two databases are swapped, by a transaction on the storage thread: looks up
   * what comes in the place of watched keys.
   *
   * @throws ReadNeeded if only the disk knows one of them
   */
  public void beforeSwap(int one, int other, Keyspace keyspace) {
    for (Set<Watch> watches : byKey.values()) {
      for (Watch watch : watches) {
        if (watch.database == one || watch.database == other) {
          int from = watch.database == one ? other : one;
          byte[] key = keyspace.selectIn(from, watch.userKey);
          State state = keyspace.selected().state();
          swappedIn.put(new KeySlice().of(key, 0, key.length), state);
          if (watch.state.isThere() || state.isThere()) {
            touchedBySwaps.add(watch.watcher);
          }
        }
      }
    }
  }

  /** Whether the deadline of a key has passed since it is watched. */
  public boolean hasExpired(Watcher watcher, Keyspace keyspace) {
    for (Watch watch : watcher.watches.values()) {
      State state = watch.state;
      if (state.present()
          && !state.expired()
          && state.deadline() != KeyLayout.NO_DEADLINE
          && keyspace.time().remaining(state.deadline()) <= 0) {
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
      touched.addAll(touchedBySwaps);
      changeMapping(touched, before);
      // What was put under new ids.
      batch.forEach(visitor);
    }
    swappedIn.clear();
    touchedBySwaps.clear();
    for (Watcher watcher : touched) {
      watcher.touched = true;
      unwatch(watcher);
    }
  }

  private void changeMapping(List<Watcher> touched, Databases.Version before) {
    mapping = databases.newest();
    Set<Watch> all = new LinkedHashSet<>();
    byKey.values().forEach(all::addAll);
    byKey.clear();
    for (Watch watch : all) {
      int id = mapping.id(watch.database);
      if (id != before.id(watch.database)) {
        // An id that is new stands for a database that has been emptied.
        State state =
            before.isGivenOut(id) ? stateOf(KeyLayout.keyOf(id, watch.userKey)) : State.ABSENT;
        if (watch.state.isThere() || state == null || state.isThere()) {
          touched.add(watch.watcher);
        } else {
          watch.state = state;
        }
      }
      add(watch);
    }
  }

  /** Notes what a key is now that had expired before it was watched, and has been removed since. */
  private void changeState(Watch watch, State state) {
    if (watch.state.elements() != null) {
      remove(watch.state.elements(), watch);
    }
    watch.state = state;
  }

  /** What a key is that was swapped in; null if nobody has looked. */
  private State stateOf(byte[] key) {
    return swappedIn.get(sought.of(key, 0, key.length));
  }

  /**
   * Ranges matter to nobody: keys go by range deletes only with their database's id, and nobody
   * watches what nothing could reach. Counts change only with keys that points touch. What a
   * stream's groups have is not the stream: whoever reads or acknowledges entries doesn't touch it.
   */
  private final class Visitor implements WriteBatch.PartialVisitor {
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
      // An element is looked for by the beginning of its collection's keys.
      int length =
          switch (bytes[keyOffset]) {
            case KeyLayout.KEYS -> keyLength;
            case KeyLayout.ELEMENTS ->
                KeyLayout.isOfGroups(bytes, keyOffset, keyLength)
                    ? 0
                    : KeyLayout.ELEMENT_PREFIX_BYTES;
            default -> 0;
          };
      Set<Watch> watches = length == 0 ? null : byKey.get(sought.of(bytes, keyOffset, length));
      if (watches == null) {
        return;
      }
      for (Watch watch : watches) {
        if (watch.state.expired() && !EntryKind.isPut(kind)) {
          // What had expired before is removed: nothing has changed.
          changeState(watch, State.ABSENT);
        } else {
          touched.add(watch.watcher);
        }
      }
    }
  }
}
