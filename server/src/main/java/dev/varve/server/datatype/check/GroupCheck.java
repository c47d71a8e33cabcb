package dev.varve.server.datatype.check;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/** Checks a group of a stream: its consumers, and what they have pending. */
final class GroupCheck {
  /** Says that no group can be made of it. */
  static final int UNREADABLE = -1;

  private static final int OF_GROUP = 6;
  private static final int NAMES = 1;
  private static final int CONSUMERS = 2;
  private static final int PENDING = 3;
  private static final int PENDING_OF_CONSUMER = 4;

  /** Where in a key what is of one kind begins. */
  private static final int OF_KIND = Subject.OWN + Integer.BYTES + 1;

  private static final int OF_CONSUMER = OF_KIND + Integer.BYTES;
  private static final int ID_BYTES = 2 * Long.BYTES;

  private final Subject subject;
  private final byte[] key;
  private int number;
  private final Map<Integer, Consumer> consumers = new HashMap<>();

  // What is pending.
  private long pending;
  private Id first = Id.ZERO;
  private Id last = Id.ZERO;

  private static final class Consumer {
    private final byte[] key;
    private final byte[] name;
    private final long seen;
    private final long saidPending;
    private final Id saidFirst;
    private long pending;
    private Id first;

    Consumer(byte[] key, byte[] value) {
      this.key = key;
      Input input = new Input(value);
      seen = input.number();
      saidPending = input.number();
      saidFirst = input.shortId();
      name = input.rest();
    }

    void add(Id id) {
      pending++;
      first = first == null || id.compareTo(first) < 0 ? id : first;
    }
  }

  /** Makes the check of the group whose element has this key. */
  GroupCheck(Subject subject, byte[] key) {
    this.subject = subject;
    this.key = key;
  }

  /** Checks it; returns its number, or {@link #UNREADABLE}. */
  int run(byte[] value) {
    try {
      Input input = new Input(value);
      number = (int) input.number();
      Id read = input.shortId();
      long readCount = input.number();
      long saidPending = input.number();
      Id saidFirst = input.shortId();
      Id saidLast = input.shortId();
      long saidConsumers = input.number();
      long next = input.number();
      consumers();
      names();
      pending();
      pendingOfConsumers();
      settleConsumers();
      int least = consumers.keySet().stream().mapToInt(each -> each + 1).max().orElse(0);
      boolean isRight =
          saidPending == pending
              && (pending == 0 || (saidFirst.equals(first) && saidLast.equals(last)))
              && saidConsumers == consumers.size()
              && next >= least;
      if (!isRight) {
        subject.fault(
            Fault.COUNT,
            String.format(
                "a group of %d consumers has %d pending from %s to %s, not of %d %d from %s to %s",
                consumers.size(),
                pending,
                first,
                last,
                saidConsumers,
                saidPending,
                saidFirst,
                saidLast));
        Output to = new Output().number(number).shortId(read).number(readCount).number(pending);
        to.shortId(first).shortId(last).number(consumers.size()).number(Math.max(next, least));
        subject.put(key, to.done());
      }
      return number;
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return UNREADABLE;
    }
  }

  private byte[] key(int kind, byte[] own) {
    return subject.key(OF_GROUP, new Output().u32(number).u8(kind).bytes(own).done());
  }

  private Walk walk(int kind) {
    return subject.walk(key(kind, new byte[0]), key(kind + 1, new byte[0]));
  }

  private void consumers() {
    try (Walk walk = walk(CONSUMERS)) {
      while (walk.next()) {
        byte[] its = walk.key();
        try {
          Consumer consumer = new Consumer(its, walk.value());
          consumers.put(ByteBuffer.wrap(its).getInt(OF_KIND), consumer);
          byte[] name = key(NAMES, consumer.name);
          if (subject.get(name) == null) {
            subject.fault(Fault.MISSING, "the name of a consumer");
            subject.put(name, numberOf(its));
          }
        } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
          subject.stray(its, "a consumer that can't be read");
        }
      }
    }
  }

  private static byte[] numberOf(byte[] consumer) {
    return new Output()
        .number(Integer.toUnsignedLong(ByteBuffer.wrap(consumer).getInt(OF_KIND)))
        .done();
  }

  private void names() {
    try (Walk walk = walk(NAMES)) {
      while (walk.next()) {
        byte[] its = walk.key();
        Consumer named = consumers.get((int) new Input(walk.value()).number());
        if (named == null || !Arrays.equals(named.name, Subject.from(its, OF_KIND))) {
          subject.stray(its, "the name of no consumer");
        }
      }
    }
  }

  private void pending() {
    try (Walk walk = walk(PENDING)) {
      while (walk.next()) {
        byte[] its = walk.key();
        int consumer = (int) new Input(walk.value()).number();
        if (its.length != OF_KIND + ID_BYTES || !consumers.containsKey(consumer)) {
          subject.stray(its, "what no consumer has pending");
          continue;
        }
        last = id(its);
        first = pending == 0 ? last : first;
        pending++;
        byte[] twin = twin(consumer, last);
        if (subject.get(twin) == null) {
          subject.fault(Fault.MISSING, last + " isn't among what its consumer has pending");
          subject.put(twin, new byte[0]);
          consumers.get(consumer).add(last);
        }
      }
    }
  }

  private byte[] twin(int consumer, Id id) {
    return key(PENDING_OF_CONSUMER, new Output().u32(consumer).id(id).done());
  }

  private static Id id(byte[] key) {
    ByteBuffer bytes = ByteBuffer.wrap(key);
    return new Id(bytes.getLong(key.length - ID_BYTES), bytes.getLong(key.length - Long.BYTES));
  }

  private void pendingOfConsumers() {
    try (Walk walk = walk(PENDING_OF_CONSUMER)) {
      while (walk.next()) {
        byte[] its = walk.key();
        if (its.length != OF_CONSUMER + ID_BYTES || !isPendingOf(its)) {
          subject.stray(its, "a consumer has pending what isn't");
        } else {
          consumers.get(ByteBuffer.wrap(its).getInt(OF_KIND)).add(id(its));
        }
      }
    }
  }

  private boolean isPendingOf(byte[] its) {
    int consumer = ByteBuffer.wrap(its).getInt(OF_KIND);
    byte[] value = subject.get(key(PENDING, new Output().id(id(its)).done()));
    return value != null
        && (int) new Input(value).number() == consumer
        && consumers.containsKey(consumer);
  }

  private void settleConsumers() {
    for (Consumer consumer : consumers.values()) {
      boolean isRight =
          consumer.saidPending == consumer.pending
              && (consumer.pending == 0 || consumer.saidFirst.compareTo(consumer.first) <= 0);
      if (!isRight) {
        subject.fault(
            Fault.COUNT,
            "a consumer has " + consumer.pending + " pending, not " + consumer.saidPending);
        Id from = consumer.pending == 0 ? Id.ZERO : consumer.first;
        Output to = new Output().number(consumer.seen).number(consumer.pending).shortId(from);
        subject.put(consumer.key, to.bytes(consumer.name).done());
      }
    }
  }
}
