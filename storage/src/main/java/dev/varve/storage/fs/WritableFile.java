package dev.varve.storage.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file open for writing. Used by one thread at a time, but for {@link #sync()}. */
public interface WritableFile extends Closeable {
  /**
   * Writes all bytes that remain in {@code source} at {@code position}, going on after short
   * writes. When it throws, {@code source}'s position tells how much was taken.
   */
  void write(ByteBuffer source, long position) throws IOException;

  /**
   * Makes the file's bytes durable ({@code fdatasync}). May run beside {@link #write}; it then
   * covers the writes that had returned when it was called.
   */
  void sync() throws IOException;

  /** Cuts or extends (with zeros) the file. */
  void truncate(long size) throws IOException;

  /**
   * Lets go of the file, whatever happens; see {@link FileSystem#closeError}. Makes nothing
   * durable.
   */
  @Override
  void close();
}
