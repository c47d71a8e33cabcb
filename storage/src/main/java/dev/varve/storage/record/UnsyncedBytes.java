package dev.varve.storage.record;

import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Makes bytes durable that an earlier run wrote and perhaps could not sync.
 *
 * <p>A sync alone would not do. When one fails, Linux takes the pages for clean: they are read as
 * they were written as long as the machine runs, but no later sync writes them to the disk. So what
 * recovery builds on is written once more, the same bytes at the same offsets, and then synced.
 */
public final class UnsyncedBytes {
  private static final int CHUNK_BYTES = 256 << 10;

  private UnsyncedBytes() {}

  /** Writes the bytes from {@code from} up to {@code to} of a file again and syncs the file. */
  public static void rewrite(
      FileSystem fileSystem, Path path, WritableFile file, long from, long to) throws IOException {
    if (from < to) {
      ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, to - from));
      try (ReadableFile source = fileSystem.openForRead(path)) {
        for (long at = from; at < to; at += chunk.limit()) {
          chunk.clear().limit((int) Math.min(chunk.capacity(), to - at));
          source.read(chunk, at);
          file.write(chunk.flip(), at);
        }
      }
    }
    file.sync();
  }
}
