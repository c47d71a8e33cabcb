package dev.varve.server.datatype;

import java.util.Arrays;

/**
 * What one step has done to keys, in its order: of each event the database, what it was, and the
 * key. Only what somebody listens for is recorded, so that a step that nobody listens to pays for
 * one look at the classes. What a command did that is taken back is taken back here, too; a step
 * that is given up is forgotten by the beginning of the next.
 *
 * <p>It is bounded by what the step may change: each event is of a key that the batch holds, too.
 * Owned by who runs the step.
 */
public final class Effects {
  private static final int RETAINED_BYTES = 64 << 10;

  /** What an event takes beside its key: about. */
  private static final int EVENT_BYTES = 16;

  private int listened;
  private KeyEvent[] events = {};
  private int[] databases = {};

  /** Where each event's key ends in {@link #keys}. */
  private int[] ends = {};

  private byte[] keys = {};
  private int size;

  /** Hears of events, one after another. */
  @FunctionalInterface
  public interface Listener {
    /**
     * The events of another step follow.
     *
     * @param sequence of its last operation
     * @param client number of the connection that asked for it; 0: none did
     */
    default void begins(long sequence, long client) {}

    /** All events of the step have been told. */
    default void ends() {}

    /**
     * Something has happened.
     *
     * @param database index of the database
     * @param keys holds the user key; only until this returns
     * @param length of the key; 0 also if the event is of a whole database
     */
    void happened(KeyEvent event, int database, byte[] keys, int offset, int length);
  }

  /**
   * Begins a step.
   *
   * @param classes the bits of the {@linkplain EventClass classes} that somebody listens for
   */
  void begin(int classes) {
    listened = classes;
    if (size > 0) {
      clear();
    }
  }

  private void clear() {
    size = 0;
    if (keys.length > RETAINED_BYTES || events.length > RETAINED_BYTES / EVENT_BYTES) {
      events = new KeyEvent[] {};
      databases = new int[] {};
      ends = new int[] {};
      keys = new byte[] {};
    }
  }

  /** Whether somebody listens for a class. */
  boolean wants(EventClass some) {
    return (listened & some.bit()) != 0;
  }

  /** Whether there are none. */
  public boolean isEmpty() {
    return size == 0;
  }

  /** Returns how many there are. */
  public int size() {
    return size;
  }

  /** Returns about how many bytes they take. */
  public int bytes() {
    return keyBytes() + EVENT_BYTES * size;
  }

  private int keyBytes() {
    return size == 0 ? 0 : ends[size - 1];
  }

  void add(KeyEvent event, int database, byte[] from, int offset, int length) {
    int at = keyBytes();
    if (size == events.length) {
      int capacity = Math.max(4, 2 * size);
      events = Arrays.copyOf(events, capacity);
      databases = Arrays.copyOf(databases, capacity);
      ends = Arrays.copyOf(ends, capacity);
    }
    if (keys.length < at + length) {
      keys = Arrays.copyOf(keys, Math.max(at + length, 2 * keys.length));
    }
    System.arraycopy(from, offset, keys, at, length);
    events[size] = event;
    databases[size] = database;
    ends[size] = at + length;
    size++;
  }

  /** Forgets all after the first so many. */
  void rollBack(int kept) {
    size = kept;
  }

  /** Returns a copy that stays as it is. */
  public Effects copy() {
    Effects copy = new Effects();
    copy.events = Arrays.copyOf(events, size);
    copy.databases = Arrays.copyOf(databases, size);
    copy.ends = Arrays.copyOf(ends, size);
    copy.keys = Arrays.copyOf(keys, keyBytes());
    copy.size = size;
    return copy;
  }

  /**
   * Tells a listener of those of some classes.
   *
   * @param classes their bits
   */
  public void tell(Listener listener, int classes) {
    int from = 0;
    for (int i = 0; i < size; i++) {
      if ((events[i].eventClass().bit() & classes) != 0) {
        listener.happened(events[i], databases[i], keys, from, ends[i] - from);
      }
      from = ends[i];
    }
  }
}
