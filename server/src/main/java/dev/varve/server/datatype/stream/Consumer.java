package dev.varve.server.datatype.stream;

/**
 * One of those that a group's entries are delivered to.
 *
 * <pre>
 * consumer := seen:varint | pending:varint | first pending id | name
 * </pre>
 *
 * Not thread-safe.
 */
public final class Consumer {
  private final int number;
  private final byte[] name;
  private long seenMillis;
  private long pending;

  /** The first that it has pending; of no interest if it has nothing. */
  private StreamId first = StreamId.ZERO;

  private boolean firstGone;

  Consumer(int number, byte[] name, long nowMillis) {
    this.number = number;
    this.name = name;
    this.seenMillis = nowMillis;
  }

  Consumer(int number, Fields from) {
    this.number = number;
    seenMillis = from.number();
    pending = from.number();
    first = from.id();
    name = from.rest();
  }

  Fields store(Fields to) {
    return to.begin().put(seenMillis).put(pending).put(first).put(name);
  }

  /** Returns the number that tells it from others of its group. */
  public int number() {
    return number;
  }

  /** Returns its name, which nobody may change. */
  public byte[] name() {
    return name;
  }

  /** Returns when it asked for something last, by the clock of dates. */
  public long seenMillis() {
    return seenMillis;
  }

  /** Says that it asks for something. */
  public void seen(long nowMillis) {
    seenMillis = nowMillis;
  }

  /** Returns how many entries it has pending. */
  public long pending() {
    return pending;
  }

  /** Returns an id that nothing it has pending is in front of. */
  StreamId first() {
    return first;
  }

  /** Whether {@link #first} is only a bound. */
  boolean isFirstGone() {
    return firstGone && pending > 0;
  }

  void first(StreamId id) {
    first = id;
    firstGone = false;
  }

  void add(StreamId id) {
    if (pending == 0 || !first.isBefore(id)) {
      first(id);
    }
    pending++;
  }

  void remove(StreamId id) {
    pending--;
    firstGone |= id.equals(first);
  }
}
