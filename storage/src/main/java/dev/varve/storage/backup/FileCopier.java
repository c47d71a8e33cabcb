package dev.varve.storage.backup;

import dev.varve.storage.fs.FileErrors;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.ReadableFile;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.LongConsumer;

/** Reads and copies whole files, in sequence, and tells what was in them. Used by one thread. */
final class FileCopier {
  private static final int CHUNK_BYTES = 256 << 10;

  private final FileSystem files;
  private final LongConsumer spent;
  private final MessageDigest digest;
  private final ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);

  /**
   * Makes one.
   *
   * @param spent is told of bytes after each piece; it may wait
   */
  FileCopier(FileSystem files, LongConsumer spent) {
    this.files = files;
    this.spent = spent;
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** SHA-256 of a file's first bytes, or of all of it if there are no more. */
  String sum(Path file, long bytes) throws IOException {
    try (ReadableFile source = files.openForRead(file)) {
      return pass(source, null, Math.min(bytes, source.size()));
    }
  }

  /**
   * Copies a file to a new one, whose bytes are durable then; its name isn't yet.
   *
   * @param most no more than so many bytes
   * @return what was in it
   */
  StoredFile copy(Path from, long most, Path to, String name) throws IOException {
    try (ReadableFile source = files.openForRead(from)) {
      if (files.exists(to)) {
        files.delete(to);
      }
      long bytes = Math.min(most, source.size());
      try (WritableFile target = files.create(to)) {
        String sum = pass(source, target, bytes);
        target.sync();
        return new StoredFile(name, bytes, sum);
      } catch (IOException | RuntimeException | Error e) {
        discard(to, e);
        throw e;
      }
    }
  }

  /** What was copied of it would only take the place that has run out. */
  private void discard(Path file, Throwable cause) {
    try {
      files.delete(file);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  private String pass(ReadableFile source, WritableFile target, long bytes) throws IOException {
    digest.reset();
    for (long at = 0; at < bytes; at += chunk.limit()) {
      chunk.clear().limit((int) Math.min(chunk.capacity(), bytes - at));
      source.read(chunk, at);
      digest.update(chunk.array(), 0, chunk.limit());
      if (target != null) {
        target.write(chunk.flip(), at);
      }
      spent.accept(chunk.limit());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Writes a small file whole, durably, in the place of any that has its name. */
  static void write(FileSystem files, Path file, byte[] bytes) {
    Path unfinished = unfinished(file);
    try {
      if (files.exists(unfinished)) {
        files.delete(unfinished);
      }
      try (WritableFile target = files.create(unfinished)) {
        target.write(ByteBuffer.wrap(bytes), 0);
        target.sync();
      }
      files.rename(unfinished, file);
      files.syncDirectory(file.getParent());
    } catch (IOException e) {
      throw FileErrors.wrap("writing " + file, e);
    }
  }

  /** Reads a small file whole. */
  static byte[] read(FileSystem files, Path file) throws IOException {
    try (ReadableFile source = files.openForRead(file)) {
      ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(source.size()));
      source.read(bytes, 0);
      return bytes.array();
    }
  }

  /** What a file is called as long as it isn't whole. */
  static Path unfinished(Path file) {
    return file.resolveSibling(file.getFileName() + BackupTarget.UNFINISHED);
  }
}
