package dev.varve.server.testing;

import dev.varve.server.datatype.KeyLayout;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.engine.EngineEnvironment;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.Scheduler;
import dev.varve.storage.fs.DiskFileSystem;
import java.nio.file.Path;

/** The real engine with everything so small that flushes and compactions go on all the time. */
public final class SmallEngine {
  private SmallEngine() {}

  /** Opens a database. */
  public static StorageEngine open(Path directory, Scheduler scheduler) {
    StorageOptions options =
        StorageOptions.builder()
            .memtableEntries(40)
            .tableBytes(4096)
            .blockBytes(256)
            .levelBaseBytes(8192)
            .blockCacheBytes(16 * 1024)
            .logSegmentBytes(1 << 20)
            .keyGroups(KeyLayout.GROUPS)
            .build();
    return LsmEngine.open(
        directory,
        options,
        new EngineEnvironment(new DiskFileSystem(), System::currentTimeMillis, scheduler));
  }
}
