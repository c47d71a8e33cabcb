package dev.varve.storage.repair;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.RangeTombstone;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.flush.FlushJob;
import dev.varve.storage.manifest.Manifest;
import dev.varve.storage.manifest.TableFiles;
import dev.varve.storage.manifest.VersionEdit;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SlabPool;
import java.util.List;
import java.util.function.Consumer;

/** Puts batches of a log into tables of level 0. Used by one thread. */
final class LogToTables implements Consumer<WriteBatch>, WriteBatch.Visitor {
  private static final long MEMTABLE_BYTES = 64L << 20;

  private final Manifest manifest;
  private final TableFiles files;
  private final SlabPool slabs;
  private final long after;
  private final long abandonedAfter;
  private Memtable memtable;
  private long timeMillis;
  private long tables;

  /**
   * Adds tables to those of a manifest.
   *
   * @param after tables hold all operations up to this sequence number: they are left out
   * @param abandonedAfter up to this sequence number it isn't known what has become of what was
   *     abandoned: that is left out, too, and takes space for nothing
   */
  LogToTables(
      Manifest manifest, TableFiles files, SlabPool slabs, long after, long abandonedAfter) {
    this.abandonedAfter = abandonedAfter;
    this.manifest = manifest;
    this.files = files;
    this.slabs = slabs;
    this.after = after;
    memtable = new Memtable(slabs, 0);
  }

  @Override
  public void accept(WriteBatch batch) {
    timeMillis = Math.max(timeMillis, batch.timeMillis());
    batch.forEach(this);
    if (memtable.memoryBytes() >= MEMTABLE_BYTES) {
      flush();
    }
  }

  /** Writes what has come so far; nothing if nothing has. */
  void flush() {
    if (memtable.lastSequence() == 0) {
      return;
    }
    memtable.freeze();
    FlushJob job =
        new FlushJob(
            List.of(memtable),
            manifest.current(),
            Snapshots.NEWEST_ONLY,
            KeyGroups.NONE,
            files,
            Math.max(timeMillis, manifest.current().lastTimeMillis()),
            _ -> false);
    VersionEdit edit = job.run();
    manifest.commit(edit);
    tables += edit.added().size();
    memtable.release();
    memtable = new Memtable(slabs, 0);
  }

  /** Tables written. */
  long tables() {
    return tables;
  }

  /** Lets go of the memory. */
  void close() {
    memtable.release();
  }

  @Override
  public void point(
      byte kind,
      long sequence,
      byte[] bytes,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength) {
    if (sequence > after) {
      memtable.add(kind, sequence, bytes, keyOffset, keyLength, valueOffset, valueLength);
    }
  }

  @Override
  public void range(long sequence, byte[] begin, byte[] end) {
    if (sequence > after) {
      memtable.addRange(new RangeTombstone(begin, end, sequence));
    }
  }

  /** Counts are not known after a repair. */
  @Override
  public void count(long group, long delta) {}

  @Override
  public void forget(long group) {}

  /**
   * What the manifest had known isn't said again: since then a later entry of such a key may have
   * lost its sequence number, or be lost itself.
   */
  @Override
  public void abandon(long sequence, byte[] begin, byte[] end) {
    if (sequence > Math.max(after, abandonedAfter)) {
      memtable.abandon(begin, end, sequence);
    }
  }
}
