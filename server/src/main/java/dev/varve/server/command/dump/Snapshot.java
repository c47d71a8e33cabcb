package dev.varve.server.command.dump;

import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.FunctionLibraries;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.TimeIndex;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.SnapshotWish;
import dev.varve.server.rdb.RdbOutput;
import dev.varve.server.rdb.SnapshotOutput;
import dev.varve.server.rdb.ValueVisitor;
import dev.varve.server.rdb.ValueWriter;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/**
 * Everything that a view shows, as a file of RDB that Redis 7.0 takes: functions, and the keys of
 * all databases that haven't expired. No more of a value is kept in memory than a piece, but for
 * one element, and sets of few integers.
 */
public final class Snapshot {
  private static final byte[] ALL = {};

  private final CommandContext context;
  private final ReadView view;
  private final long nowMillis;
  private final SnapshotOutput out;

  /**
   * Makes one.
   *
   * @param context whose keyspace nobody else uses meanwhile; it is left unbound
   * @param nowMillis the monotone time that decides which keys have expired
   * @param sink takes the file; may throw
   */
  public Snapshot(CommandContext context, ReadView view, long nowMillis, RdbOutput.Sink sink) {
    this.context = context;
    this.view = view;
    this.nowMillis = nowMillis;
    this.out = new SnapshotOutput(sink);
  }

  /** Writes what is wished for. Reads the disk, and takes its time. */
  public void write(SnapshotWish wish) {
    try {
      out.begin(TimeIndex.hasFields(view));
      about();
      if (wish.functions()) {
        libraries();
      }
      Databases databases = context.services().storage().databases();
      for (int index = 0; wish.keys() && databases.has(index); index++) {
        database(index);
      }
      out.end();
    } finally {
      context.keyspace().unbind();
    }
  }

  private void about() {
    out.about("redis-ver", "7.0.15");
    out.about("redis-bits", String.valueOf(Long.SIZE));
    out.about("ctime", String.valueOf(context.services().clock().instant().getEpochSecond()));
  }

  private void libraries() {
    context.services().storage().databases().libraries().newest().values().stream()
        .map(FunctionLibraries.Library::code)
        .forEach(out::library);
  }

  private void database(int index) {
    Keyspace keyspace = context.keyspace();
    keyspace.bindRead(view, true, index, nowMillis);
    int id = keyspace.databaseId();
    try (KeyIterator keys = KeyIterator.over(view, id, ALL, nowMillis, keyspace.time().wallNow())) {
      keys.first();
      if (!keys.isValid()) {
        return;
      }
      out.database(index, Databases.keys(view, id, true), Databases.expiringKeys(view, id));
      for (; keys.isValid(); keys.next()) {
        if (keys.isLive()) {
          entry(keys.keyBytes(), keys.keyOffset(), keys.keyLength());
        }
      }
    }
  }

  private void entry(byte[] bytes, int offset, int length) {
    Keyspace keyspace = context.keyspace();
    ByteBuf key = Unpooled.wrappedBuffer(bytes);
    keyspace.select(key, offset, length);
    if (!keyspace.find()) {
      return;
    }
    ValueWriter writer = out.newEntry();
    writer.entry(date(keyspace), bytes, offset, length);
    if (new DumpCommand(context, writer, true).write()) {
      writer.end();
    }
  }

  private static long date(Keyspace keyspace) {
    long deadline = keyspace.selected().deadline();
    return deadline == KeyLayout.NO_DEADLINE
        ? ValueVisitor.NO_DEADLINE
        : keyspace.time().dateOf(deadline);
  }
}
