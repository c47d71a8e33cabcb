package dev.varve.server.bootstrap;

import dev.varve.server.rdb.SnapshotInput;
import dev.varve.server.transfer.AppendOnlyFiles;
import dev.varve.server.transfer.Link;
import dev.varve.server.transfer.SnapshotLoader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;

/** Loads files that Redis has written into a server. Not thread-safe. */
final class FileImport {
  /** How often the progress is told. */
  private static final int STEPS_A_LOOK = 256;

  private final List<Path> files;
  private final TransferProgress progress;
  private final long totalBytes;
  private long doneBytes;
  private long keys;
  private long expired;
  private long libraries;
  private long commands;
  private boolean torn;

  /**
   * Makes one.
   *
   * @param given a file, a manifest of files, or a folder that has one
   */
  FileImport(Path given, TransferProgress progress) throws IOException {
    if (!Files.exists(given)) {
      throw new IOException("there is no file " + given);
    }
    this.files = AppendOnlyFiles.of(given);
    this.progress = progress;
    long total = 0;
    for (Path file : files) {
      total += Files.size(file);
    }
    totalBytes = total;
  }

  /** Loads them all. */
  void load(Link target) throws IOException {
    if (files.size() > 1
        || AppendOnlyFiles.kind(files.getFirst()) != AppendOnlyFiles.Kind.SNAPSHOT) {
      needEmpty(target);
    }
    for (Path file : files) {
      try (InputStream in = Files.newInputStream(file)) {
        if (AppendOnlyFiles.kind(file) == AppendOnlyFiles.Kind.SNAPSHOT) {
          loadSnapshot(in, target);
        } else {
          loadCommands(in, target, doneBytes);
        }
      }
      doneBytes += Files.size(file);
    }
  }

  /** Commands add to what is there: what was broken off can't just be done again. */
  private static void needEmpty(Link target) throws IOException {
    if (target.call("INFO", "keyspace").contains("db")) {
      throw new IOException("append-only files can't be taken into a database that has keys");
    }
  }

  private void loadSnapshot(InputStream in, Link target) throws IOException {
    SnapshotInput snapshot = new SnapshotInput(in);
    long before = keys;
    SnapshotLoader.Result result =
        SnapshotLoader.load(
            snapshot,
            target,
            InstantSource.system(),
            read -> show(read, before + read, doneBytes + snapshot.position()));
    keys += result.keys();
    expired += result.expired();
    libraries += result.libraries();
    byte[] rest = snapshot.rest();
    if (rest.length > 0) {
      long behind = doneBytes + snapshot.position() - rest.length;
      InputStream all = new SequenceInputStream(new ByteArrayInputStream(rest), in);
      loadCommands(all, target, behind);
    }
  }

  private void loadCommands(InputStream in, Link target, long before) throws IOException {
    target.call("SELECT", "0");
    AppendOnlyFiles.Result result =
        AppendOnlyFiles.load(
            in, target, (count, bytes) -> show(count, keys + count, before + bytes));
    commands += result.commands();
    if (result.torn()) {
      torn = true;
    }
  }

  private void show(long step, long done, long bytes) {
    if (step % STEPS_A_LOOK == 0) {
      progress.show(done, bytes, totalBytes);
    }
  }

  /** Says what was loaded. */
  String summary() {
    StringBuilder text = new StringBuilder();
    text.append(
        String.format(
            "%,d keys in %.1f s, %,d more had expired, %,d libraries of functions",
            keys, progress.seconds(), expired, libraries));
    if (commands > 0) {
      text.append(String.format(", %,d commands", commands));
    }
    if (torn) {
      text.append("; a file ends in the middle of a command or a transaction, which was left out");
    }
    return text.toString();
  }
}
