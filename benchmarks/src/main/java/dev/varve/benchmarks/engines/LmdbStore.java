package dev.varve.benchmarks.engines;

import java.nio.ByteBuffer;
import org.lmdbjava.Cursor;
import org.lmdbjava.Dbi;
import org.lmdbjava.DbiFlags;
import org.lmdbjava.Env;
import org.lmdbjava.EnvFlags;
import org.lmdbjava.GetOp;
import org.lmdbjava.Txn;

/**
 * LMDB by lmdbjava: a memory-mapped B+tree. Its cache is the page cache, it neither compresses nor
 * keeps a log; each write is a transaction. Without sync its pages are still written to the file at
 * each commit.
 */
final class LmdbStore implements Store {
  private static final long MAP_BYTES = 32L << 30;
  private static final int LARGEST_VALUE = 1 << 20;

  private final Env<ByteBuffer> env;
  private final Dbi<ByteBuffer> database;
  private final Txn<ByteBuffer> reader;
  private final ByteBuffer readKey;
  private final ByteBuffer writeKey;
  private final ByteBuffer writeValue = ByteBuffer.allocateDirect(LARGEST_VALUE);

  LmdbStore(StoreOptions options) {
    EnvFlags[] flags =
        options.sync()
            ? new EnvFlags[] {EnvFlags.MDB_NOTLS}
            : new EnvFlags[] {EnvFlags.MDB_NOTLS, EnvFlags.MDB_NOSYNC};
    env = Env.create().setMapSize(MAP_BYTES).open(options.directory().toFile(), flags);
    database = env.openDbi((byte[]) null, DbiFlags.MDB_CREATE);
    readKey = ByteBuffer.allocateDirect(env.getMaxKeySize());
    writeKey = ByteBuffer.allocateDirect(env.getMaxKeySize());
    reader = env.txnRead();
    reader.reset();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      put(txn, key, value);
      txn.commit();
    }
  }

  private void put(Txn<ByteBuffer> txn, byte[] key, byte[] value) {
    database.put(txn, writeKey.clear().put(key).flip(), writeValue.clear().put(value).flip());
  }

  @Override
  public void putAll(byte[][] keys, byte[][] values, int count) {
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      for (int i = 0; i < count; i++) {
        put(txn, keys[i], values[i]);
      }
      txn.commit();
    }
  }

  @Override
  public void delete(byte[] key) {
    try (Txn<ByteBuffer> txn = env.txnWrite()) {
      database.delete(txn, writeKey.clear().put(key).flip());
      txn.commit();
    }
  }

  @Override
  public int get(byte[] key, byte[] into) {
    reader.renew();
    try {
      return getInTransaction(key, into);
    } finally {
      reader.reset();
    }
  }

  private int getInTransaction(byte[] key, byte[] into) {
    ByteBuffer value = database.get(reader, readKey.clear().put(key).flip());
    if (value == null) {
      return -1;
    }
    int length = value.remaining();
    value.get(into, 0, length);
    return length;
  }

  @Override
  public void getAll(byte[][] keys, byte[][] into, int[] lengths) {
    reader.renew();
    try {
      for (int i = 0; i < keys.length; i++) {
        lengths[i] = getInTransaction(keys[i], into[i]);
      }
    } finally {
      reader.reset();
    }
  }

  @Override
  public StoreCursor cursor() {
    return new LmdbCursor(env.txnRead());
  }

  @Override
  public void settle() {
    env.sync(true);
  }

  @Override
  public void close() {
    reader.close();
    env.close();
  }

  private final class LmdbCursor implements StoreCursor {
    private final Txn<ByteBuffer> txn;
    private final Cursor<ByteBuffer> cursor;

    LmdbCursor(Txn<ByteBuffer> txn) {
      this.txn = txn;
      this.cursor = database.openCursor(txn);
    }

    @Override
    public boolean first() {
      return cursor.first();
    }

    @Override
    public boolean last() {
      return cursor.last();
    }

    @Override
    public boolean seek(byte[] key) {
      return cursor.get(readKey.clear().put(key).flip(), GetOp.MDB_SET_RANGE);
    }

    @Override
    public boolean next() {
      return cursor.next();
    }

    @Override
    public boolean previous() {
      return cursor.prev();
    }

    @Override
    public int key(byte[] into) {
      return copy(cursor.key(), into);
    }

    @Override
    public int value(byte[] into) {
      return copy(cursor.val(), into);
    }

    private static int copy(ByteBuffer from, byte[] into) {
      int length = from.remaining();
      from.get(from.position(), into, 0, length);
      return length;
    }

    @Override
    public void close() {
      cursor.close();
      txn.close();
    }
  }
}
