package dev.varve.server.tracking;

import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.datatype.KeyEvent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;

/**
 * Which clients keep copies of which keys, by names alone, whatever the database. When a change of
 * a key is visible to readers, those who have read what was before are told, once.
 *
 * <p>What a client will have read is noted <em>before</em> it is read, with the sequence number of
 * a state: what is read is that or a newer one. So a change that is told of before the note is in
 * what is read; and of one that is told of later it is known whether it may not be. What is told
 * goes after the replies to what is being executed: an answer never overtakes the news that it is
 * out of date.
 *
 * <p>Bounded by a number of keys, and by memory; of what there is no room for, clients are told as
 * if it had changed. Safe for use by many threads; changes are told by the storage thread.
 */
public final class CachedKeys implements Effects.Listener {
  /** What is told of keys. What comes to be or is missed is no change beside those. */
  private static final Set<EventClass> CLASSES =
      EnumSet.complementOf(EnumSet.of(EventClass.NEW, EventClass.KEY_MISS));

  private static final long NOBODY = 0;

  private final ConcurrentHashMap<Long, Tracker> trackers = new ConcurrentHashMap<>();

  /** Those who are told of all keys with some prefixes. */
  private final ConcurrentHashMap<Long, Tracker> broadcast = new ConcurrentHashMap<>();

  private final KeptMemory memory;
  private final Executor cleaner;
  private volatile ReadKeys keys;
  private volatile long most = Long.MAX_VALUE;

  // The step that is being told: the storage thread's.
  private long step;
  private long writer;
  private long lastEmptied;

  /** What it has changed, for those who are told whatever they have read. */
  private final SortedSet<byte[]> changed = new TreeSet<>(Arrays::compareUnsigned);

  /**
   * Makes one without keys.
   *
   * @param memory is charged for keys
   * @param cleaner lets go of many at once, beside the storage thread
   */
  public CachedKeys(KeptMemory memory, Executor cleaner) {
    this.memory = memory;
    this.cleaner = cleaner;
    this.keys = new ReadKeys(memory);
  }

  /** Returns the classes of events that it must hear of while anybody tracks. */
  public static Set<EventClass> classes() {
    return CLASSES;
  }

  /** Sets how many keys are remembered from now on; 0: as many as there is memory for. */
  public void most(long keyCount) {
    most = keyCount == 0 ? Long.MAX_VALUE : keyCount;
    forgetTooMany(keys);
  }

  /** Returns whether there is memory for so many bytes of prefixes. */
  public boolean hasRoom(long bytes) {
    return memory.hasRoom(bytes);
  }

  /**
   * Storage thread: has a client told, from the next step on, as its latest options say. Whether
   * there is {@linkplain #hasRoom room} for its prefixes has been asked.
   */
  public void begin(Tracker tracker) {
    Tracker before = trackers.put(tracker.client(), tracker);
    memory.give((before == null ? 0 : before.bytes()) - tracker.bytes());
    if (tracker.is(Tracker.Option.BCAST)) {
      broadcast.put(tracker.client(), tracker);
    }
  }

  /** Has a client told of nothing any more. What it has read is forgotten when it changes. */
  public void end(long client) {
    broadcast.remove(client);
    Tracker last = trackers.remove(client);
    if (last != null) {
      memory.give(last.bytes());
    }
  }

  /**
   * Storage thread, while nobody tracks: changes are not told from here on, so what was read is not
   * remembered either. Who begins later would be told of changes to what it has not read.
   */
  public void sleep() {
    forgetAll();
  }

  /** Returns whether nobody tracks. */
  public boolean isIdle() {
    return trackers.isEmpty();
  }

  /**
   * Notes that a client is about to read a key.
   *
   * @param key the array is this object's from now on
   * @param sequence of a state; what is read will be that or a newer one
   */
  public void remember(Tracker tracker, byte[] key, long sequence) {
    ReadKeys into = keys;
    boolean kept = into.note(key, tracker.client(), sequence);
    while (into != keys) {
      into.forget(key);
      into = keys;
      kept = into.note(key, tracker.client(), sequence);
    }
    if (!kept) {
      tell(List.of(tracker.client()), key, NOBODY);
    }
    forgetTooMany(into);
  }

  private void forgetTooMany(ReadKeys from) {
    while (from.count() > most) {
      ReadKeys.Forgotten oldest = from.forgetOne();
      if (oldest == null) {
        break;
      }
      tell(oldest.clients(), oldest.key(), NOBODY);
    }
  }

  @Override
  public void begins(long sequence, long client) {
    step = sequence;
    writer = client;
  }

  @Override
  public void happened(KeyEvent event, int database, byte[] from, int offset, int length) {
    if (event.eventClass() == EventClass.DATABASE) {
      emptied();
      return;
    }
    byte[] key = Arrays.copyOfRange(from, offset, offset + length);
    if (!broadcast.isEmpty()) {
      changed.add(key);
    }
    tell(keys.changed(key, step), key, writer);
  }

  @Override
  public void ends() {
    if (changed.isEmpty()) {
      return;
    }
    for (Tracker tracker : broadcast.values()) {
      if (!isOwn(tracker, writer)) {
        tracker.tellOf(changed);
      }
    }
    changed.clear();
  }

  /** Whatever was in a database may have changed. */
  private void emptied() {
    if (lastEmptied == step) {
      return;
    }
    lastEmptied = step;
    forgetAll();
    trackers.values().forEach(tracker -> tracker.tell(null));
  }

  private void forgetAll() {
    ReadKeys old = keys;
    keys = new ReadKeys(memory);
    cleaner.execute(old::forgetAll);
  }

  private void tell(Collection<Long> clients, byte[] key, long changedBy) {
    for (Long client : clients) {
      Tracker tracker = trackers.get(client);
      boolean listens = tracker != null && !tracker.is(Tracker.Option.BCAST);
      if (listens && !isOwn(tracker, changedBy)) {
        tracker.tell(List.of(key));
      }
    }
  }

  private static boolean isOwn(Tracker tracker, long changedBy) {
    return tracker.client() == changedBy && tracker.is(Tracker.Option.NOLOOP);
  }

  /** Returns how many clients track. */
  public int trackerCount() {
    return trackers.size();
  }

  /** Returns how many keys are remembered. */
  public long keyCount() {
    return keys.count();
  }

  /** Returns how many clients they are remembered for, summed up over keys. */
  public long itemCount() {
    return keys.items();
  }

  /** Returns how many prefixes clients are told of, each once. */
  public long prefixCount() {
    return broadcast.values().stream()
        .flatMap(tracker -> tracker.prefixes().stream())
        .map(prefix -> new String(prefix, StandardCharsets.ISO_8859_1))
        .distinct()
        .count();
  }
}
