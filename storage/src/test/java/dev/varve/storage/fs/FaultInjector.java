package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/**
 * Called by a {@link SimulatedFileSystem} around its operations, outside its lock: an injector may
 * take crash clones, wait, or fail the operation. Called by every thread that uses the file system.
 */
public interface FaultInjector {
  /** Does nothing. */
  FaultInjector NONE = (operation, path, count) -> {};

  /** What is about to be done. */
  enum Operation {
    CREATE,
    OPEN_FOR_WRITE,
    OPEN_FOR_READ,
    READ,
    WRITE,
    SYNC,
    TRUNCATE,
    LIST,
    CREATE_DIRECTORIES,
    RENAME,
    LINK,
    DELETE,
    SYNC_DIRECTORY,
    SIZE,
    LOCK,
    CLOSE;

    /** Whether it leaves the disk as it is. */
    public boolean isRead() {
      return this == OPEN_FOR_READ || this == READ || this == LIST || this == SIZE;
    }
  }

  /**
   * Before an operation, which does not take place if this throws.
   *
   * @param path the file; of a rename or link, the new name
   * @param count how many operations there were before
   */
  void before(Operation operation, Path path, long count) throws IOException;

  /** How many of a write's bytes are taken: if fewer than {@code length}, it fails after them. */
  default int bytesTaken(Path path, long position, int length) {
    return length;
  }

  /** May change the bytes that a read brought, from position 0 to the limit of {@code bytes}. */
  default void afterRead(Path path, long position, ByteBuffer bytes) {}
}
