package dev.varve.storage.engine;

import dev.varve.storage.WriteBatch;
import dev.varve.storage.ingest.IngestJob;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.VersionEdit;
import java.nio.file.Path;
import java.util.List;

/**
 * Takes sorted tables in, see {@link dev.varve.storage.StorageEngine#ingest}, on the writer's
 * thread.
 *
 * <p>Two sequence numbers of the log, which change nothing, make a place for them. The tables have
 * the first, published before they come, as tables hold only what is published. The second is
 * published once they are there, and tables are said to hold everything up to it: so nobody takes
 * what was read before them for what is in tables now.
 */
final class Ingester {
  private final Parts parts;
  private final LsmEngine engine;
  private final Installer installer;
  private final Flusher flusher;

  Ingester(Parts parts, LsmEngine engine, Installer installer, Flusher flusher) {
    this.parts = parts;
    this.engine = engine;
    this.installer = installer;
    this.flusher = flusher;
  }

  boolean ingest(List<Path> files) {
    WriteBatch place = new WriteBatch();
    place.skip();
    place.skip();
    if (!engine.isWritable(place)) {
      return false;
    }
    try (IngestJob job =
        new IngestJob(
            parts.environment().fileSystem(),
            files,
            parts.options().keyGroups(),
            parts.tables(),
            parts.options().tableBytes())) {
      parts.reserve().checkRoom("an ingest", 2 * job.bytes());
      flushAll();
      engine.append(place);
      engine.write();
      engine.sync();
      long sequence = place.sequence();
      engine.publish(sequence);
      try {
        takeIn(job, sequence);
      } finally {
        engine.publish(sequence + 1);
      }
      parts.log().flushedUpTo(sequence + 1);
    }
    return true;
  }

  /** Has nothing left in memtables: what comes is newer than all. */
  private void flushAll() {
    engine.write();
    engine.sync();
    engine.publish(engine.appendedSequence());
    // What is frozen first: there may be no room for one more.
    flusher.flushPublished();
    engine.freeze();
    flusher.flushPublished();
  }

  private void takeIn(IngestJob job, long sequence) {
    VersionEdit edit = job.run(sequence, Levels.LAST);
    edit.flushedUpTo(sequence + 1).lastTimeMillis(engine.timeMillis());
    installer.ingest(edit, job.outputs(), job::discardOutputs);
  }
}
