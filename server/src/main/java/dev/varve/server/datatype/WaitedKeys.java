package dev.varve.server.datatype;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Keys that somebody waits for to be given a value, and those among them that have been: the
 * <i>ready</i> ones. A batch is physical, so whatever puts a key is seen, whichever command it was.
 *
 * <p>Of each key there is a queue for each family of values that is waited for. Of those who take
 * away what they wait for, the first is asked; if that finds nothing, nobody after it is. So
 * however many wait, who puts a key pays for one that finds nothing. Those who only look are all
 * asked; some of them also when a key has lost its value.
 *
 * <p>The storage thread's.
 */
public final class WaitedKeys {
  private final Databases databases;

  /** By the keys that the engine has them under, as long as {@link #mapping} holds. */
  private final Map<KeySlice, Queues> byKey = new HashMap<>();

  private Databases.Version mapping;
  private final KeySlice sought = new KeySlice();

  /** All that wait, in the order of their coming. */
  private final LinkedHashSet<Waiter> waiters = new LinkedHashSet<>();

  /** Keys that have been put, in that order. */
  private final LinkedHashSet<Queues> ready = new LinkedHashSet<>();

  // The first ready key, while it is dealt with.

  /** Null: nobody has been asked. */
  private Queues atHand;

  /** Families that nothing was found of. */
  private final EnumSet<EventClass> exhausted = EnumSet.noneOf(EventClass.class);

  /** Those who only look, who have not been asked. */
  private final ArrayDeque<Waiter> lookers = new ArrayDeque<>();

  private Waiter asked;

  /** One who waits. */
  public abstract static class Waiter {
    private final boolean takes;
    private final EventClass family;
    private final boolean ifGone;
    private final List<Wait> waits = new ArrayList<>(1);

    /**
     * Makes one.
     *
     * @param takes whether it takes away what it waits for
     * @param family what it waits for
     * @param ifGone whether it is to be asked, too, when a key has lost its value; it doesn't take
     *     then
     */
    protected Waiter(boolean takes, EventClass family, boolean ifGone) {
      this.takes = takes;
      this.family = family;
      this.ifGone = ifGone;
    }
  }

  private record Wait(int database, byte[] userKey, int argument) {}

  /** Who waits for a key, and which argument it is of each one's command. */
  private static final class Queues {
    private final KeySlice key;
    private final EnumMap<EventClass, LinkedHashMap<Waiter, Integer>> takers =
        new EnumMap<>(EventClass.class);
    private final LinkedHashMap<Waiter, Integer> lookers = new LinkedHashMap<>();

    private Queues(KeySlice key) {
      this.key = key;
    }

    private Map<Waiter, Integer> queueOf(Waiter waiter) {
      return waiter.takes
          ? takers.computeIfAbsent(waiter.family, _ -> new LinkedHashMap<>())
          : lookers;
    }

    private void remove(Waiter waiter) {
      Map<Waiter, Integer> queue = queueOf(waiter);
      queue.remove(waiter);
      if (waiter.takes && queue.isEmpty()) {
        takers.remove(waiter.family);
      }
    }

    /** Whether somebody is to hear if the key loses its value. */
    private boolean isMissed() {
      return lookers.keySet().stream().anyMatch(waiter -> waiter.ifGone);
    }

    private boolean isEmpty() {
      return takers.isEmpty() && lookers.isEmpty();
    }
  }

  /** Makes one in which nobody waits. */
  public WaitedKeys(Databases databases) {
    this.databases = databases;
    this.mapping = databases.newest();
  }

  /** Returns how many keys are waited for. */
  public int size() {
    return byKey.size();
  }

  /** Has somebody wait for a key, after all that wait for it already. */
  public void add(Waiter waiter, int database, byte[] userKey, int argument) {
    if (waiters.isEmpty()) {
      mapping = databases.newest();
    }
    waiters.add(waiter);
    Wait wait = new Wait(database, userKey, argument);
    waiter.waits.add(wait);
    add(waiter, wait);
  }

  private void add(Waiter waiter, Wait wait) {
    byte[] bytes = KeyLayout.keyOf(mapping.id(wait.database()), wait.userKey());
    KeySlice key = new KeySlice().of(bytes, 0, bytes.length);
    byKey.computeIfAbsent(key, Queues::new).queueOf(waiter).putIfAbsent(waiter, wait.argument());
  }

  /** Has somebody wait no more. */
  public void remove(Waiter waiter) {
    waiters.remove(waiter);
    for (Wait wait : waiter.waits) {
      byte[] bytes = KeyLayout.keyOf(mapping.id(wait.database()), wait.userKey());
      Queues queues = byKey.get(sought.of(bytes, 0, bytes.length));
      // A command may name a key twice.
      if (queues != null) {
        queues.remove(waiter);
        forgetIfEmpty(queues);
      }
    }
    waiter.waits.clear();
  }

  private void forgetIfEmpty(Queues queues) {
    if (queues.isEmpty()) {
      byKey.remove(queues.key);
      ready.remove(queues);
      if (queues.equals(atHand)) {
        atHand = null;
      }
    }
  }

  // Keys that have been put

  /** A batch has been appended; its keys that are waited for are ready. */
  public void appended(WriteBatch batch) {
    Visitor visitor = new Visitor();
    batch.forEach(visitor);
    Databases.Version before = mapping;
    if (databases.newest() != before) {
      changeMapping(before);
      // What was put under new ids.
      batch.forEach(visitor);
    }
  }

  /** What a swap puts in the place of a database may have what is waited for. */
  private void changeMapping(Databases.Version before) {
    mapping = databases.newest();
    byKey.clear();
    ready.clear();
    atHand = null;
    for (Waiter waiter : waiters) {
      for (Wait wait : waiter.waits) {
        add(waiter, wait);
        int id = mapping.id(wait.database());
        // An id that is new stands for a database that has been emptied.
        if (id != before.id(wait.database()) && (waiter.ifGone || before.isGivenOut(id))) {
          byte[] bytes = KeyLayout.keyOf(id, wait.userKey());
          ready.add(byKey.get(sought.of(bytes, 0, bytes.length)));
        }
      }
    }
  }

  /** Whether there are keys that have been put, and those who wait haven't all been asked. */
  public boolean hasReady() {
    return !ready.isEmpty();
  }

  /** Returns who is to be asked next; null: there is nobody more. */
  public Waiter nextToAsk() {
    while (!ready.isEmpty()) {
      Queues queues = ready.getFirst();
      if (!queues.equals(atHand)) {
        begin(queues);
      }
      asked = taker(queues);
      if (asked == null) {
        asked = lookers.poll();
      }
      if (asked == null) {
        atHand = null;
        ready.removeFirst();
      } else if (queues.queueOf(asked).containsKey(asked)) {
        return asked;
      }
    }
    return null;
  }

  private void begin(Queues queues) {
    atHand = queues;
    exhausted.clear();
    lookers.clear();
    lookers.addAll(queues.lookers.keySet());
  }

  private Waiter taker(Queues queues) {
    for (Map.Entry<EventClass, LinkedHashMap<Waiter, Integer>> each : queues.takers.entrySet()) {
      if (!exhausted.contains(each.getKey())) {
        return each.getValue().firstEntry().getKey();
      }
    }
    return null;
  }

  /** Returns which argument the ready key is of the command of who is asked. */
  public int readyArgument() {
    return atHand.queueOf(asked).get(asked);
  }

  /** Who was asked has found nothing. */
  public void foundNothing() {
    if (asked != null && asked.takes) {
      exhausted.add(asked.family);
    }
  }

  /**
   * Ranges matter to nobody: a database that is emptied has another id then. Counts change only
   * with keys that points touch.
   */
  private final class Visitor implements WriteBatch.PartialVisitor {
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
      Queues queues = byKey.get(sought.of(bytes, keyOffset, keyLength));
      if (queues != null && (EntryKind.isPut(kind) || queues.isMissed())) {
        ready.add(queues);
        if (queues.equals(atHand)) {
          begin(queues);
        }
      }
    }
  }
}
