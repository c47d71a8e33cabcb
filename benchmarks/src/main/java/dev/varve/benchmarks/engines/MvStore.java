package dev.varve.benchmarks.engines;

import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;
import org.h2.mvstore.MVStore;
import org.h2.mvstore.type.ByteArrayDataType;

/**
 * The MVStore of H2: a copy-on-write B-tree in Java, its pages compressed by LZF. A write is
 * followed by a commit, which hands a chunk to the operating system.
 */
final class MvStore implements Store {
  private static final int ENOUGH_FILL_PERCENT = 50;

  private final MVStore store;
  private final MVMap<byte[], byte[]> map;
  private final boolean sync;

  MvStore(StoreOptions options) {
    store =
        new MVStore.Builder()
            .fileName(options.directory().resolve("mv.db").toString())
            .cacheSize((int) (options.cacheBytes() >> 20))
            .autoCommitDisabled()
            .autoCompactFillRate(ENOUGH_FILL_PERCENT)
            .compress()
            .open();
    store.setVersionsToKeep(0);
    store.setRetentionTime(0);
    map =
        store.openMap(
            "map",
            new MVMap.Builder<byte[], byte[]>()
                .keyType(ByteArrayDataType.INSTANCE)
                .valueType(ByteArrayDataType.INSTANCE));
    sync = options.sync();
  }

  @Override
  public void put(byte[] key, byte[] value) {
    // The map keeps the arrays.
    map.put(key.clone(), value.clone());
    commit();
  }

  @Override
  public void putAll(byte[][] keys, byte[][] values, int count) {
    for (int i = 0; i < count; i++) {
      map.put(keys[i].clone(), values[i].clone());
    }
    commit();
  }

  @Override
  public void delete(byte[] key) {
    map.remove(key);
    commit();
  }

  private void commit() {
    store.commit();
    if (sync) {
      store.sync();
    }
  }

  @Override
  public int get(byte[] key, byte[] into) {
    // With no retention time, chunks beneath a reader are taken for others unless it holds a
    // version.
    MVStore.TxCounter held = store.registerVersionUsage();
    try {
      byte[] value = map.get(key);
      return value == null ? -1 : copy(value, into);
    } finally {
      store.deregisterVersionUsage(held);
    }
  }

  @Override
  public void getAll(byte[][] keys, byte[][] into, int[] lengths) {
    for (int i = 0; i < keys.length; i++) {
      lengths[i] = get(keys[i], into[i]);
    }
  }

  private static int copy(byte[] from, byte[] into) {
    System.arraycopy(from, 0, into, 0, from.length);
    return from.length;
  }

  @Override
  public StoreCursor cursor() {
    return new MvCursor();
  }

  @Override
  public void settle() {
    store.commit();
    store.sync();
  }

  @Override
  public void close() {
    store.close();
  }

  /** A cursor of the map goes one way, so that turning round takes a new one. */
  private final class MvCursor implements StoreCursor {
    private Cursor<byte[], byte[]> cursor;
    private boolean forward;

    private boolean start(byte[] from, boolean toForward) {
      cursor = map.cursor(from, null, !toForward);
      forward = toForward;
      return step();
    }

    private boolean step() {
      if (!cursor.hasNext()) {
        return false;
      }
      cursor.next();
      return true;
    }

    @Override
    public boolean first() {
      return start(null, true);
    }

    @Override
    public boolean last() {
      return start(null, false);
    }

    @Override
    public boolean seek(byte[] key) {
      return start(key, true);
    }

    @Override
    public boolean next() {
      return forward ? step() : start(cursor.getKey(), true) && step();
    }

    @Override
    public boolean previous() {
      return forward ? start(cursor.getKey(), false) && step() : step();
    }

    @Override
    public int key(byte[] into) {
      return copy(cursor.getKey(), into);
    }

    @Override
    public int value(byte[] into) {
      return copy(cursor.getValue(), into);
    }

    @Override
    public void close() {
      cursor = null;
    }
  }
}
