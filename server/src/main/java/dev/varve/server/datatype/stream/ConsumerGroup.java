package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A group of consumers that a stream's entries are delivered to, with what is pending of them.
 *
 * <pre>
 * group := number:varint | last id | read + 1:varint | pending:varint | first and last pending id
 *          | consumers:varint | next consumer:varint
 * </pre>
 *
 * <p>It is of one command, which {@linkplain #store stores} it, once, if it has changed something.
 * Where the first and the last pending entry are is known, so that what was acknowledged is never
 * passed again. Not thread-safe.
 */
public final class ConsumerGroup {
  /** Says that a number of entries can't be told. */
  public static final long UNKNOWN = -1;

  /** In place of a consumer's number: whose it is isn't known yet. */
  private static final int NOBODY = -1;

  /** About what a consumer takes on the heap beside its name. */
  private static final int CONSUMER_BYTES = 128;

  /** About what a pending entry takes on the heap. */
  private static final int PENDING_BYTES = 96;

  private final Keyspace keyspace;
  private final Elements elements;
  private final Fields fields = new Fields();
  private final byte[] name;
  private final int number;
  private StreamId last = StreamId.ZERO;
  private long read = UNKNOWN;
  private long pending;
  private StreamId firstPending = StreamId.ZERO;
  private StreamId lastPending = StreamId.ZERO;
  private long consumers;
  private int nextConsumer;

  /** How many pending entries are nobody's yet. */
  private long unowned;

  // Which of the ends are no more than bounds.
  private boolean firstGone;
  private boolean lastGone;

  /** Consumers that the command has to do with. */
  private final Map<Integer, Consumer> byNumber = new HashMap<>();

  /** Who was {@linkplain #nameOf named} last. */
  private Consumer named;

  ConsumerGroup(Keyspace keyspace, byte[] name, int number) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
    this.name = name;
    this.number = number;
  }

  ConsumerGroup(Keyspace keyspace, byte[] name, Fields from) {
    this(keyspace, name, (int) from.number());
    last = from.id();
    read = from.number() - 1;
    pending = from.number();
    firstPending = from.id();
    lastPending = from.id();
    consumers = from.number();
    nextConsumer = (int) from.number();
  }

  int number() {
    return number;
  }

  /** Returns its name, which nobody may change. */
  public byte[] name() {
    return name;
  }

  /** Returns the id after which entries are delivered. */
  public StreamId last() {
    return last;
  }

  /** Returns how many entries up to {@link #last} were ever added, or {@link #UNKNOWN}. */
  public long read() {
    return read;
  }

  /** Sets the id after which entries are delivered, and how many were added up to it. */
  public void last(StreamId id, long itsRead) {
    last = id;
    read = itsRead;
  }

  /** Sets the id after which entries are delivered. */
  public void last(StreamId id) {
    last = id;
  }

  /** Returns how many entries are pending. */
  public long pending() {
    return pending;
  }

  /** Returns the first entry that is pending; there is one, and nothing has been changed. */
  public StreamId firstPending() {
    return firstPending;
  }

  /** Returns the last entry that is pending; there is one, and nothing has been changed. */
  public StreamId lastPending() {
    return lastPending;
  }

  // Consumers

  /** Returns how many consumers it has. */
  public long consumers() {
    return consumers;
  }

  /**
   * Returns the consumer of a name; null: there is none.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public Consumer find(byte[] consumerName) {
    StreamKeys.name(elements, number, consumerName);
    if (!elements.find()) {
      return null;
    }
    return consumer((int) fields.load(elements).number());
  }

  /**
   * Returns who has something pending.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public Consumer consumer(int its) {
    Consumer known = byNumber.get(its);
    if (known != null) {
      return known;
    }
    Consumer found = read(its);
    keyspace.holdsBeside((long) CONSUMER_BYTES + found.name().length);
    byNumber.put(its, found);
    return found;
  }

  private Consumer read(int its) {
    StreamKeys.consumer(elements, number, its);
    if (!elements.find()) {
      throw new IllegalStateException("a consumer of a stream is missing: " + its);
    }
    return new Consumer(its, fields.load(elements));
  }

  /**
   * Returns the name of who has something pending, where nothing is changed.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public byte[] nameOf(Pending entry) {
    if (named == null || named.number() != entry.consumer()) {
      named = read(entry.consumer());
    }
    return named.name();
  }

  /** Makes a consumer, whose name there isn't. */
  public Consumer create(byte[] consumerName, long nowMillis) {
    keyspace.holdsBeside((long) CONSUMER_BYTES + consumerName.length);
    Consumer created = new Consumer(nextConsumer++, consumerName, nowMillis);
    consumers++;
    byNumber.put(created.number(), created);
    StreamKeys.name(elements, number, consumerName);
    fields.begin().put(created.number()).store(keyspace);
    return created;
  }

  /** Removes a consumer, with what it has pending. */
  public void delete(Consumer consumer) {
    keyspace.needTime(consumer.pending());
    List<Pending> page = page(consumer, StreamId.ZERO, StreamId.MAX, Integer.MAX_VALUE);
    for (Pending each : page) {
      remove(each);
    }
    StreamKeys.name(elements, number, consumer.name());
    elements.delete();
    StreamKeys.consumer(elements, number, consumer.number());
    elements.delete();
    byNumber.remove(consumer.number());
    consumers--;
  }

  /** Takes a consumer. */
  @FunctionalInterface
  public interface ConsumerVisitor {
    /** Takes one. */
    void visit(Consumer consumer);
  }

  /**
   * Hands all consumers to {@code visitor}, in the order of their names' bytes.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read, or there are
   *     too many
   */
  public void forEachConsumer(ConsumerVisitor visitor) {
    keyspace.needTime(consumers);
    if (consumers == 0) {
      return;
    }
    StreamKeys.name(elements, number, new byte[0]);
    try (ElementWalk walk = elements.walk(StreamKeys.behindNames(number), false)) {
      for (; walk.isValid(); walk.next()) {
        int its =
            (int) fields.load(walk.valueSegment(), walk.valueOffset(), walk.valueLength()).number();
        visitor.visit(read(its));
      }
    }
  }

  // What is pending

  /**
   * Returns the pending entry of an id; null: it isn't pending.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public Pending pending(StreamId id) {
    if (pending == 0 || id.isBefore(firstPending) || lastPending.isBefore(id)) {
      return null;
    }
    StreamKeys.pending(elements, number, id);
    return elements.find() ? Pending.load(id, fields.load(elements)) : null;
  }

  /** Takes a pending entry. */
  @FunctionalInterface
  public interface PendingVisitor {
    /** Takes one; returns whether more are wanted. */
    boolean visit(Pending entry);
  }

  /**
   * Hands pending entries to {@code visitor}, those of two ids among them, until it wants no more.
   * Nothing may be changed meanwhile.
   *
   * @param consumer whose; null: anybody's
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read, or there are
   *     too many
   */
  public void forEachPending(
      Consumer consumer, StreamId from, StreamId to, PendingVisitor visitor) {
    if (pending == 0 || (consumer != null && consumer.pending() == 0)) {
      return;
    }
    StreamId first = from.greatest(consumer == null ? firstPending : consumer.first());
    StreamId end = to.least(lastPending);
    if (end.isBefore(first)) {
      return;
    }
    long visited = 0;
    try (ElementWalk walk = walk(consumer, first, end, false)) {
      while (walk.isValid()) {
        StreamId id = StreamKeys.id(walk.key(), walk.keyLength());
        if (!visitor.visit(consumer == null ? loaded(id, walk) : known(id))) {
          return;
        }
        keyspace.needTime(++visited);
        walk.next();
      }
    }
  }

  private Pending loaded(StreamId id, ElementWalk walk) {
    return Pending.load(
        id, fields.load(walk.valueSegment(), walk.valueOffset(), walk.valueLength()));
  }

  private Pending known(StreamId id) {
    Pending found = pending(id);
    if (found == null) {
      throw new IllegalStateException("what a consumer of a stream has pending is missing: " + id);
    }
    return found;
  }

  private ElementWalk walk(Consumer consumer, StreamId first, StreamId end, boolean backwards) {
    if (consumer == null) {
      StreamKeys.pending(elements, number, first);
      return elements.walk(StreamKeys.behindPending(number, end), backwards);
    }
    StreamKeys.pendingOf(elements, number, consumer.number(), first);
    return elements.walk(StreamKeys.behindPendingOf(number, consumer.number(), end), backwards);
  }

  /**
   * Returns some pending entries, from an id on, so that they may be changed.
   *
   * @param consumer whose; null: anybody's
   * @param most how many
   */
  public List<Pending> page(Consumer consumer, StreamId from, StreamId to, int most) {
    List<Pending> page = new ArrayList<>();
    forEachPending(
        consumer,
        from,
        to,
        each -> {
          keyspace.holdsBeside(PENDING_BYTES);
          page.add(each);
          return page.size() < most;
        });
    return page;
  }

  /**
   * Gives an entry to a consumer, to whom it is pending then.
   *
   * @param before what it was before; null: it wasn't pending
   */
  public void assign(Pending before, Pending now) {
    StreamId id = now.id();
    if (before == null) {
      add(id);
    }
    if (before == null || before.consumer() != now.consumer()) {
      if (before != null) {
        consumer(before.consumer()).remove(id);
        StreamKeys.pendingOf(elements, number, before.consumer(), id);
        elements.delete();
      }
      consumer(now.consumer()).add(id);
      StreamKeys.pendingOf(elements, number, now.consumer(), id);
      elements.put(0);
    }
    StreamKeys.pending(elements, number, id);
    now.store(fields).store(keyspace);
  }

  private void add(StreamId id) {
    firstPending = pending == 0 ? id : firstPending.least(id);
    lastPending = pending == 0 ? id : lastPending.greatest(id);
    firstGone &= !firstPending.equals(id);
    lastGone &= !lastPending.equals(id);
    pending++;
  }

  /**
   * Has an entry pending of which {@link #own} will tell whose it is, before the group is stored.
   *
   * @return false if it was pending already
   */
  public boolean restore(StreamId id, long millis, long deliveries) {
    if (pending(id) != null) {
      return false;
    }
    add(id);
    unowned++;
    StreamKeys.pending(elements, number, id);
    new Pending(id, NOBODY, millis, deliveries).store(fields).store(keyspace);
    return true;
  }

  /**
   * Says whose a {@linkplain #restore restored} entry is.
   *
   * @return false if it isn't pending, or somebody's already
   */
  public boolean own(StreamId id, Consumer consumer) {
    Pending entry = pending(id);
    if (entry == null || entry.consumer() != NOBODY) {
      return false;
    }
    unowned--;
    consumer.add(id);
    StreamKeys.pendingOf(elements, number, consumer.number(), id);
    elements.put(0);
    StreamKeys.pending(elements, number, id);
    new Pending(id, consumer.number(), entry.millis(), entry.deliveries())
        .store(fields)
        .store(keyspace);
    return true;
  }

  /** Whether all that was restored is somebody's. */
  public boolean isOwned() {
    return unowned == 0;
  }

  /** Gives an entry that isn't pending, or is to somebody, to a consumer. */
  public void deliver(StreamId id, Consumer consumer, long nowMillis, long deliveries) {
    assign(pending(id), new Pending(id, consumer.number(), nowMillis, deliveries));
  }

  /** An entry is pending no more. */
  public void remove(Pending entry) {
    StreamId id = entry.id();
    StreamKeys.pending(elements, number, id);
    elements.delete();
    StreamKeys.pendingOf(elements, number, entry.consumer(), id);
    elements.delete();
    consumer(entry.consumer()).remove(id);
    pending--;
    firstGone |= id.equals(firstPending);
    lastGone |= id.equals(lastPending);
  }

  /** Stores it, and consumers that have changed. */
  public void store() {
    settleEnds();
    for (Consumer each : byNumber.values()) {
      if (each.isFirstGone()) {
        each.first(edge(each, each.first(), false));
      }
      StreamKeys.consumer(elements, number, each.number());
      each.store(fields).store(keyspace);
    }
    StreamKeys.group(elements, name);
    fields.begin().put(Integer.toUnsignedLong(number)).put(last).put(read + 1).put(pending);
    fields.put(firstPending).put(lastPending).put(consumers);
    fields.put(Integer.toUnsignedLong(nextConsumer)).store(keyspace);
  }

  private void settleEnds() {
    if (pending > 0) {
      if (firstGone) {
        firstPending = edge(null, firstPending, false);
      }
      if (lastGone) {
        lastPending = edge(null, lastPending, true);
      }
    }
    firstGone = false;
    lastGone = false;
  }

  /** The first that is pending from an id on, or the last up to it. */
  private StreamId edge(Consumer consumer, StreamId from, boolean backwards) {
    StreamId first = backwards ? firstPending : from;
    StreamId end = backwards ? from : StreamId.MAX;
    try (ElementWalk walk = walk(consumer, first, end, backwards)) {
      if (!walk.isValid()) {
        throw new IllegalStateException("what is pending in a group of a stream is missing");
      }
      return StreamKeys.id(walk.key(), walk.keyLength());
    }
  }
}
