package dev.varve.server.writer;

import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.Keyspace;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Who hears of what commands, transactions and expiry do to keys: some at once, as soon as the step
 * is appended, before anything else is executed; some when it is visible, so that nobody is told of
 * what a crash can take back. Either hears of each step once, in the order of the log.
 *
 * <p>What waits to be visible is bounded: beyond it, nothing is executed until there is room.
 *
 * <p>The storage thread's, but for the figures.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // only the storage thread writes the figures
public final class EffectConsumers {
  /** When a consumer is told. */
  public enum Stage {
    /** When the step is appended. What follows from it must not be told to clients yet. */
    AT_ONCE,
    /** When the step is visible to readers: under {@code always}, durable. */
    WHEN_VISIBLE
  }

  /** Bytes that may wait to be visible before nothing more is executed. */
  private static final long MOST_WAITING_BYTES = 8 << 20;

  private static final long NO_CLIENT = 0;

  /** What a step that waits takes beside its events: about. */
  private static final int STEP_BYTES = 96;

  /** A consumer, and the bits of what it listens for. */
  private record Consumer(Effects.Listener listener, Stage stage, int classes) {}

  /** A step whose effects wait to be visible. */
  private record Waiting(long sequence, long client, Effects effects, int bytes) {}

  private final Keyspace keyspace;
  private final Effects effects = new Effects();
  private final List<Consumer> consumers = new ArrayList<>();
  private int classes;
  private int visibleClasses;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private final long mostWaitingBytes;

  // Written by the storage thread alone.
  private volatile long waitingBytes;
  private volatile long events;

  /**
   * Makes that of the thread whose steps run over {@code keyspace}.
   *
   * @param mostWaitingBytes what may wait to be visible before nothing more is executed
   */
  EffectConsumers(Keyspace keyspace, long mostWaitingBytes) {
    this.keyspace = keyspace;
    this.mostWaitingBytes = mostWaitingBytes;
  }

  EffectConsumers(Keyspace keyspace) {
    this(keyspace, MOST_WAITING_BYTES);
  }

  /** Has a consumer told from the next step on. */
  public void add(Effects.Listener listener, Stage stage, Set<EventClass> some) {
    int bits = 0;
    for (EventClass each : some) {
      bits |= each.bit();
    }
    consumers.add(new Consumer(listener, stage, bits));
    changed();
  }

  /** Has a consumer told of nothing any more. */
  public void remove(Effects.Listener listener) {
    consumers.removeIf(consumer -> consumer.listener().equals(listener));
    changed();
  }

  private void changed() {
    classes = 0;
    visibleClasses = 0;
    for (Consumer consumer : consumers) {
      classes |= consumer.classes();
      if (consumer.stage() == Stage.WHEN_VISIBLE) {
        visibleClasses |= consumer.classes();
      }
    }
    keyspace.record(effects, classes);
  }

  /** Whether so much waits to be visible that nothing more is to be executed. */
  boolean isFull() {
    return waitingBytes >= mostWaitingBytes;
  }

  /**
   * A step has been appended.
   *
   * @param sequence of its last operation
   * @param client number of the connection that asked for it; 0: none did
   */
  void appended(long sequence, long client) {
    if (effects.isEmpty()) {
      return;
    }
    appended(effects, sequence, client);
    keyspace.record(effects, classes);
  }

  /** As {@link #appended(long, long)}, of a step whose effects were recorded elsewhere. */
  void appended(Effects some, long sequence, long client) {
    if (some.isEmpty()) {
      return;
    }
    events += some.size();
    tell(some, Stage.AT_ONCE, sequence, client);
    if (visibleClasses != 0) {
      Effects copy = some.copy();
      int bytes = copy.bytes() + STEP_BYTES;
      waiting.add(new Waiting(sequence, client, copy, bytes));
      waitingBytes += bytes;
    }
  }

  /** Returns the bits of the classes that somebody listens for. */
  int classes() {
    return classes;
  }

  /**
   * A step has changed nothing: what it has asked for in vain is told, once all that it can have
   * seen is visible.
   *
   * @param appended the number of the last operation before it
   * @param published that of the last visible one
   */
  void unchanged(long appended, long published) {
    if (!effects.isEmpty()) {
      appended(appended, NO_CLIENT);
      published(published);
    }
  }

  /** All up to {@code sequence} is visible. */
  void published(long sequence) {
    while (!waiting.isEmpty() && waiting.peek().sequence() <= sequence) {
      Waiting step = waiting.poll();
      waitingBytes -= step.bytes();
      tell(step.effects(), Stage.WHEN_VISIBLE, step.sequence(), step.client());
    }
  }

  /** What waits will never be visible: nobody is told. */
  void failed() {
    waiting.clear();
    waitingBytes = 0;
  }

  private void tell(Effects some, Stage stage, long sequence, long client) {
    for (int i = 0; i < consumers.size(); i++) {
      Consumer consumer = consumers.get(i);
      if (consumer.stage() == stage) {
        consumer.listener().begins(sequence, client);
        some.tell(consumer.listener(), consumer.classes());
        consumer.listener().ends();
      }
    }
  }

  /** Any thread: how many events were recorded for somebody. */
  public long events() {
    return events;
  }

  /** Any thread: bytes of events that wait to be visible. */
  public long waitingBytes() {
    return waitingBytes;
  }
}
