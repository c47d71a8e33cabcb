package dev.varve.server.command.zset;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.zset.Scored;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The sorted set that a command makes of others, in the place of whatever its key holds. */
final class Stored implements ScoredVisitor {
  /** Members that are held back at most. */
  private static final int MOST_HELD = 1024;

  private final CommandContext context;
  private final SortedSetValue result;
  private final boolean overwrites;

  /**
   * Members that are held back until it shows whether they will be a listpack, where zeros have no
   * sign; null: none is any more.
   */
  private List<Scored> held;

  private Stored(CommandContext context, boolean overwrites) {
    this.context = context;
    this.result = context.sortedSetToStore();
    this.overwrites = overwrites;
  }

  /** Begins one of the key that an argument is, to which members are added one by one. */
  static Stored begin(CommandContext context, int argument) {
    Arguments.selectKeyToWrite(context, argument);
    Stored stored = new Stored(context, context.keyspace().find());
    stored.result.begin();
    return stored;
  }

  /** As {@link #begin}, of which Redis knows all members before it chooses how to keep them. */
  static Stored beginWhole(CommandContext context, int argument) {
    Stored stored = begin(context, argument);
    stored.held = new ArrayList<>();
    return stored;
  }

  /** Says that Redis keeps it as a skip list from the beginning. */
  void beginLarge() {
    result.beginSkipList();
  }

  @Override
  public void visit(byte[] bytes, int offset, int length, double score) {
    if (held == null) {
      put(bytes, offset, length, score);
      return;
    }
    held.add(new Scored(score, Arrays.copyOfRange(bytes, offset, offset + length)));
    CollectionLimits limits = context.services().config().collectionLimits();
    if (held.size() > limits.sortedSetEntries() || length > limits.sortedSetValueBytes()) {
      result.beginSkipList();
      putHeld();
    } else if (held.size() == MOST_HELD) {
      putHeld();
    }
  }

  private void putHeld() {
    List<Scored> all = held;
    held = null;
    all.forEach(each -> put(each.member(), 0, each.member().length, each.score()));
  }

  private void put(byte[] bytes, int offset, int length, double score) {
    result.goOn();
    result.select(bytes, offset, length);
    result.add(score);
  }

  /** Stores it; returns how many members it has. */
  long end(KeyEvent event) {
    if (held != null) {
      putHeld();
    }
    if (result.count() > 0) {
      result.store();
      context.keyspace().happened(event);
    } else if (overwrites) {
      context.keyspace().delete();
      context.keyspace().happened(KeyEvent.DEL);
    }
    return result.count();
  }
}
