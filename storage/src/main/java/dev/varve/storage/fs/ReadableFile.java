package dev.varve.storage.fs;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A file open for reading. Safe for use by many threads. */
public interface ReadableFile extends Closeable {
  /**
   * Fills {@code target} from {@code position}; an {@link java.io.EOFException} if the file ends
   * before it is full.
   */
  void read(ByteBuffer target, long position) throws IOException;

  /** The file's size in bytes. */
  long size() throws IOException;

  /** Lets go of the file, whatever happens; see {@link FileSystem#closeError}. */
  @Override
  void close();
}
