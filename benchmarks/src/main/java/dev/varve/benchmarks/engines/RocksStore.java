package dev.varve.benchmarks.engines;

import dev.varve.storage.StorageOptions;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ByteBufferGetStatus;
import org.rocksdb.CompressionType;
import org.rocksdb.FlushOptions;
import org.rocksdb.LRUCache;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.RocksObject;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/** RocksDB by its own Java binding. */
final class RocksStore implements Store {
  private static final long POLL_MILLIS = 20;
  private static final int MOST_TOGETHER = 1024;
  private static final int BUFFER_BYTES = 256;

  static {
    RocksDB.loadLibrary();
  }

  private final List<RocksObject> owned = new ArrayList<>();
  private final RocksDB database;
  private final ReadOptions readOptions = own(new ReadOptions());
  private final WriteOptions writeOptions = own(new WriteOptions());
  private final List<ByteBuffer> keyBuffers = new ArrayList<>();
  private final List<ByteBuffer> valueBuffers = new ArrayList<>();

  /**
   * Opens a store.
   *
   * @param equal whether to set what Varve has a setting for to the same; if not, only the
   *     directory and durability are set
   */
  RocksStore(StoreOptions options, boolean equal) {
    Options settings = own(new Options()).setCreateIfMissing(true);
    if (equal) {
      setEqual(settings, options);
    }
    writeOptions.setSync(options.sync());
    try {
      database = RocksDB.open(settings, options.directory().toString());
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  private void setEqual(Options settings, StoreOptions options) {
    StorageOptions varve = StorageOptions.DEFAULT;
    settings
        .setWriteBufferSize(options.writeBufferBytes())
        .setMaxWriteBufferNumber(StoreOptions.WRITE_BUFFERS)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
        .setEnableBlobFiles(true)
        .setMinBlobSize(varve.blobThreshold())
        .setBlobFileSize(varve.tableBytes())
        .setBlobCompressionType(CompressionType.LZ4_COMPRESSION)
        .setEnableBlobGarbageCollection(true)
        .setTargetFileSizeBase(varve.tableBytes())
        .setMaxBytesForLevelBase(varve.levelBaseBytes())
        .setMaxBytesForLevelMultiplier(varve.levelSizeRatio())
        .setLevel0FileNumCompactionTrigger(varve.level0Tables())
        .setLevelZeroStopWritesTrigger(varve.level0Stall())
        .setLevelZeroSlowdownWritesTrigger(varve.level0Stall())
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockSize(varve.blockBytes())
                .setFilterPolicy(own(new BloomFilter(varve.filterBitsPerKey())))
                .setBlockCache(own(new LRUCache(options.cacheBytes()))));
  }

  private <T extends RocksObject> T own(T object) {
    owned.add(object);
    return object;
  }

  @Override
  public void put(byte[] key, byte[] value) {
    try {
      database.put(writeOptions, key, value);
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void putAll(byte[][] keys, byte[][] values, int count) {
    try (WriteBatch batch = new WriteBatch()) {
      for (int i = 0; i < count; i++) {
        batch.put(keys[i], values[i]);
      }
      database.write(writeOptions, batch);
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void delete(byte[] key) {
    try {
      database.delete(writeOptions, key);
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public int get(byte[] key, byte[] into) {
    try {
      int length = database.get(readOptions, key, into);
      return length == RocksDB.NOT_FOUND ? -1 : length;
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void getAll(byte[][] keys, byte[][] into, int[] lengths) {
    ensureBuffers(keys.length);
    for (int i = 0; i < keys.length; i++) {
      keyBuffers.get(i).clear().put(keys[i]).flip();
      valueBuffers.get(i).clear();
    }
    List<ByteBufferGetStatus> answers;
    try {
      answers =
          database.multiGetByteBuffers(
              readOptions,
              keyBuffers.subList(0, keys.length),
              valueBuffers.subList(0, keys.length));
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
    for (int i = 0; i < keys.length; i++) {
      ByteBufferGetStatus answer = answers.get(i);
      boolean found = answer.status.getCode() == Status.Code.Ok;
      lengths[i] = found ? answer.requiredSize : -1;
      if (found) {
        answer.value.get(into[i], 0, answer.requiredSize);
      }
    }
  }

  private void ensureBuffers(int count) {
    if (count > MOST_TOGETHER) {
      throw new IllegalArgumentException(count + " keys at once, at most " + MOST_TOGETHER);
    }
    while (keyBuffers.size() < count) {
      keyBuffers.add(ByteBuffer.allocateDirect(BUFFER_BYTES));
      valueBuffers.add(ByteBuffer.allocateDirect(BUFFER_BYTES));
    }
  }

  @Override
  public StoreCursor cursor() {
    return new RocksCursor(database.newIterator(readOptions));
  }

  @Override
  public void settle() {
    try (FlushOptions flush = new FlushOptions().setWaitForFlush(true)) {
      database.flush(flush);
      while (database.getLongProperty("rocksdb.compaction-pending") != 0
          || database.getLongProperty("rocksdb.num-running-compactions") != 0
          || database.getLongProperty("rocksdb.num-running-flushes") != 0) {
        StoreFiles.pause(POLL_MILLIS);
      }
    } catch (RocksDBException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    database.close();
    owned.reversed().forEach(RocksObject::close);
  }

  private static final class RocksCursor implements StoreCursor {
    private final RocksIterator iterator;

    RocksCursor(RocksIterator iterator) {
      this.iterator = iterator;
    }

    @Override
    public boolean first() {
      iterator.seekToFirst();
      return iterator.isValid();
    }

    @Override
    public boolean last() {
      iterator.seekToLast();
      return iterator.isValid();
    }

    @Override
    public boolean seek(byte[] key) {
      iterator.seek(key);
      return iterator.isValid();
    }

    @Override
    public boolean next() {
      iterator.next();
      return iterator.isValid();
    }

    @Override
    public boolean previous() {
      iterator.prev();
      return iterator.isValid();
    }

    @Override
    public int key(byte[] into) {
      return iterator.key(into);
    }

    @Override
    public int value(byte[] into) {
      return iterator.value(into);
    }

    @Override
    public void close() {
      iterator.close();
    }
  }
}
