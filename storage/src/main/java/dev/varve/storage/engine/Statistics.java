package dev.varve.storage.engine;

import dev.varve.storage.StorageException;
import dev.varve.storage.StorageStatistics;
import dev.varve.storage.manifest.BlobFiles;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.sstable.TableReader;
import java.util.ArrayList;
import java.util.List;

/** Gathers an engine's figures. */
final class Statistics {
  private Statistics() {}

  static StorageStatistics of(
      Parts parts,
      ReadState state,
      Flusher flusher,
      Compactor compactor,
      Stalls stalls,
      Throttle throttle,
      Health health) {
    long memtableBytes = state.active.memoryBytes();
    long memtableEntries = state.active.entries();
    for (Memtable memtable : state.frozen) {
      memtableBytes += memtable.memoryBytes();
      memtableEntries += memtable.entries();
    }
    for (Memtable memtable : state.flushed) {
      memtableBytes += memtable.memoryBytes();
    }
    StorageException error = health.error();
    return new StorageStatistics(
        memtableBytes,
        memtableEntries,
        state.frozen.size(),
        state.flushed.size(),
        levels(state.version.levels()),
        blobs(state.version.levels().blobs()),
        parts.log().bytes(),
        parts.cache().usedBytes(),
        parts.cache().capacityBytes(),
        parts.cache().hits(),
        parts.cache().misses(),
        parts.rows() == null ? 0 : parts.rows().usedBytes(),
        parts.rows() == null ? 0 : parts.rows().hits(),
        state.version.sumOfTables(TableReader::memoryBytes),
        state.version.sumOfTables(TableReader::filterBytes),
        state.version.sumOfTables(TableReader::sparedLookups),
        state.version.sumOfTables(TableReader::misledLookups),
        flusher.flushes(),
        flusher.isFlushing(),
        compactor.compactions(),
        compactor.isMerging(),
        parts.log().writtenBytes(),
        flusher.writtenBytes(),
        compactor.readBytes(),
        compactor.writtenBytes(),
        compactor.pressure(state.version),
        compactor.debt(state.version),
        stalls.count(),
        throttle.pauses(),
        parts.latencies().figures(),
        state.openEntries(),
        parts.reserve().heldBytes(),
        parts.reserve().isFull(),
        health.poisoned(),
        error == null ? null : error.getMessage());
  }

  private static StorageStatistics.Blobs blobs(BlobFiles blobs) {
    return new StorageStatistics.Blobs(
        blobs.all().size(),
        blobs.bytes(),
        blobs.all().stream().mapToLong(BlobFiles.BlobFile::usedValues).sum(),
        blobs.garbageBytes());
  }

  private static List<StorageStatistics.Level> levels(Levels levels) {
    List<StorageStatistics.Level> all = new ArrayList<>(Levels.COUNT);
    for (int level = 0; level < Levels.COUNT; level++) {
      List<TableMeta> tables = levels.tables(level);
      long entries = tables.stream().mapToLong(TableMeta::entries).sum();
      all.add(new StorageStatistics.Level(tables.size(), levels.bytes(level), entries));
    }
    return all;
  }
}
