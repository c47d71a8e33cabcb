package dev.varve.server.command.zset;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.zset.Scored;
import java.util.Arrays;
import java.util.Collections;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * Puts members that come in another order into that of their scores, in bounded memory: those that
 * don't fit are left to another pass over all.
 */
final class InOrder {
  /** Heap that one pass gathers in. */
  private static final long MOST_BYTES = 4 << 20;

  /** It takes no more than this part of what a command may hold. */
  private static final int HELD_SHARE = 4;

  /** The greatest first. */
  private final PriorityQueue<Scored> least = new PriorityQueue<>(Collections.reverseOrder());

  private final Keyspace keyspace;
  private final long mostBytes;
  private long bytes;

  /** How much was noted as held. */
  private long noted;

  /** Up to which members all were shown; null: none was. */
  private Scored shown;

  /** Whether some were left to another pass. */
  private boolean left;

  private InOrder(Keyspace keyspace) {
    this.keyspace = keyspace;
    mostBytes = Math.min(MOST_BYTES, keyspace.mostHeld() / HELD_SHARE);
  }

  /**
   * Hands all that {@code source} shows to {@code sink}.
   *
   * @param keyspace notes what is held meanwhile
   * @param source shows the same whenever it is asked, each member once
   */
  static void of(Keyspace keyspace, Consumer<ScoredVisitor> source, Consumer<Scored> sink) {
    InOrder order = new InOrder(keyspace);
    do {
      order.left = false;
      source.accept(order::take);
      order.show(sink);
    } while (order.left);
  }

  private void take(byte[] member, int offset, int length, double score) {
    Scored next = new Scored(score, Arrays.copyOfRange(member, offset, offset + length));
    if (shown != null && next.compareTo(shown) <= 0) {
      return;
    }
    least.add(next);
    bytes += Scored.BYTES + length;
    if (bytes > noted) {
      long more = Math.max(bytes - noted, Math.min(noted, mostBytes - noted));
      keyspace.holdsBeside(more);
      noted += more;
    }
    while (bytes > mostBytes && least.size() > 1) {
      bytes -= Scored.BYTES + (long) least.poll().member().length;
      left = true;
    }
  }

  private void show(Consumer<Scored> sink) {
    Scored[] sorted = least.toArray(Scored[]::new);
    Arrays.sort(sorted);
    for (Scored each : sorted) {
      sink.accept(each);
      shown = each;
    }
    least.clear();
    bytes = 0;
  }
}
