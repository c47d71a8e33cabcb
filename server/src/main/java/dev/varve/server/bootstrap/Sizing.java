package dev.varve.server.bootstrap;

import dev.varve.protocol.RequestLimits;
import dev.varve.server.config.Configuration;
import dev.varve.server.config.MemoryPlan;
import dev.varve.server.config.Settings;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.network.NetworkLimits;
import dev.varve.storage.StorageOptions;
import io.netty.buffer.PooledByteBufAllocator;

/** How many threads and how much memory a server's parts get, by configuration and machine. */
final class Sizing {
  /** With so few cores a hand-over costs more than it gains, see docs/decisions/threads.md. */
  private static final int MOST_CORES_WITHOUT_IO_THREADS = 4;

  private static final int MOST_BACKGROUND_THREADS = 4;

  private static final int MOST_TLS_THREADS = 4;

  private static final int ALLOCATOR_PAGE_BYTES = 8192;

  /** Memory is taken from the system in pieces of 2^7 pages: 1 MiB. */
  private static final int ALLOCATOR_CHUNK_ORDER = 7;

  /** Where there is less for the network, it is taken in pieces of 2^4 pages: 128 KiB. */
  private static final long LITTLE_NETWORK_BYTES = 8 << 20;

  private static final int LEAST_CHUNK_ORDER = 4;

  private Sizing() {}

  /** Returns how many threads serve connections beside the storage thread. */
  static int ioThreads(Configuration configuration) {
    int given = configuration.get(Settings.IO_THREADS);
    if (given >= 0) {
      return given;
    }
    int cores = Runtime.getRuntime().availableProcessors();
    return cores <= MOST_CORES_WITHOUT_IO_THREADS ? 0 : Math.min(8, cores / 2);
  }

  /** Returns how many threads handshakes may take beside those that serve. */
  static int tlsThreads() {
    return Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MOST_TLS_THREADS);
  }

  private static int backgroundThreads(Configuration configuration) {
    int given = configuration.get(Settings.BACKGROUND_THREADS);
    int cores = Runtime.getRuntime().availableProcessors();
    return given > 0 ? given : Math.clamp(cores - 1, 1, MOST_BACKGROUND_THREADS);
  }

  /**
   * Returns what buffers of connections are taken from.
   *
   * @param networkBytes memory for all of them
   */
  static PooledByteBufAllocator allocator(int ioThreads, long networkBytes) {
    int order = networkBytes < LITTLE_NETWORK_BYTES ? LEAST_CHUNK_ORDER : ALLOCATOR_CHUNK_ORDER;
    return new PooledByteBufAllocator(
        true, 0, ioThreads + 1, ALLOCATOR_PAGE_BYTES, order, 64, 32, true);
  }

  /** Returns the options of the engine. */
  static StorageOptions storageOptions(Configuration configuration) {
    MemoryPlan memory = configuration.memory();
    long memtableBytes = configuration.get(Settings.MEMTABLE_BYTES);
    int memtableEntries = configuration.get(Settings.MEMTABLE_ENTRIES);
    return StorageOptions.builder()
        .memtableBytes(memtableBytes == 0 ? memory.memtableBytes() : memtableBytes)
        .memtableEntries(memtableEntries == 0 ? Integer.MAX_VALUE : memtableEntries)
        .maxMemtables(MemoryPlan.MEMTABLES)
        .allMemtablesBytes(memtableBytes == 0 ? memory.memtables() : 0)
        .blockCacheBytes(memory.blockCache())
        .rowCacheBytes(memory.rows())
        .tableMemoryBytes(memory.tables())
        .uncachedBytes(memory.uncached())
        .compactionStyle(configuration.get(Settings.COMPACTION_STYLE))
        .backgroundThreads(backgroundThreads(configuration))
        .mergeBytesPerSecond(configuration.get(Settings.MERGE_BYTES_PER_SECOND))
        .blobThreshold(configuration.get(Settings.BLOB_THRESHOLD))
        .compression(configuration.get(Settings.COMPRESSION))
        .bottomCompression(configuration.get(Settings.BOTTOM_COMPRESSION))
        .keptLogBytes(configuration.get(Settings.KEPT_LOG_BYTES))
        .maxOpenFiles(OpenFiles.tables(configuration.get(Settings.MAX_CLIENTS)))
        .keyGroups(KeyLayout.GROUPS)
        .build();
  }

  /** Returns the limits of connections, as they are set now. */
  static NetworkLimits networkLimits(Configuration configuration) {
    long requestBytes = Math.min(1L << 30, configuration.memory().network() / 2);
    return new NetworkLimits(
        new RequestLimits(configuration.maxValueBytes(), (int) requestBytes, true),
        (int)
            Math.min(
                configuration.get(Settings.OUTPUT_LIMIT), configuration.memory().network() / 2),
        configuration.get(Settings.OUTPUT_BUFFER_LIMITS),
        configuration.get(Settings.OUTPUT_TIMEOUT),
        configuration.get(Settings.STREAM_TIMEOUT),
        configuration.get(Settings.TIMEOUT),
        configuration.get(Settings.TCP_KEEPALIVE),
        configuration.get(Settings.MAX_CLIENTS),
        configuration.get(Settings.MAX_CLIENT_MEMORY).of(configuration.get(Settings.MAX_MEMORY)),
        configuration.get(Settings.PROTECTED_MODE));
  }
}
