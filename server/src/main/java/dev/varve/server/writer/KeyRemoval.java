package dev.varve.server.writer;

import dev.varve.server.datatype.DueKeys;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.storage.ReadView;
import java.util.function.BooleanSupplier;

/** Removes keys whose deadline has passed; their search has looked them up already. */
public final class KeyRemoval implements Removal {
  private final Keyspace keyspace;

  /** Makes one that works for a storage thread. */
  public KeyRemoval(StorageThread thread) {
    this.keyspace = thread.context().keyspace();
  }

  @Override
  public Prepared prepare(ReadView view, DueKeys due, long nowMillis) {
    return new Prepared() {
      @Override
      public Misses misses() {
        return Misses.NONE;
      }

      @Override
      public int size() {
        return due.size();
      }

      @Override
      public boolean isAll() {
        return true;
      }

      @Override
      public Removed remove(int from, BooleanSupplier enough) {
        int to = due.remove(keyspace, from, enough);
        return new Removed(to, to - from);
      }
    };
  }
}
