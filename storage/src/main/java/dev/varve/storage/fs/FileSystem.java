package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Files and folders as the engine needs them. Names and bytes become durable apart: {@link
 * WritableFile#sync()} makes a file's bytes durable, {@link #syncDirectory} the creations, renames
 * and deletions in a folder.
 *
 * <p>Errors are {@link IOException}s as {@code java.nio.file} throws them ({@code
 * NoSuchFileException}, {@code FileAlreadyExistsException}, {@code AccessDeniedException} …); a
 * full disk is a {@link NoSpaceException}. Safe for use by many threads.
 */
public interface FileSystem {
  /** Creates a new, empty file. */
  WritableFile create(Path file) throws IOException;

  /** Opens an existing file for writing at any position, its bytes kept. */
  WritableFile openForWrite(Path file) throws IOException;

  /** Opens an existing file for reading at any position, by any number of threads at once. */
  ReadableFile openForRead(Path file) throws IOException;

  /** The names in a folder, in no particular order. */
  List<String> list(Path directory) throws IOException;

  /** Creates a folder and those above it where they are missing. */
  void createDirectories(Path directory) throws IOException;

  /** Gives a file another name at once, replacing one that has it. */
  void rename(Path from, Path to) throws IOException;

  /** Gives a file a second name. */
  void link(Path existing, Path link) throws IOException;

  /** Removes a name. */
  void delete(Path file) throws IOException;

  /** Makes what was created, renamed and deleted in a folder durable. */
  void syncDirectory(Path directory) throws IOException;

  /** A file's size in bytes. */
  long size(Path file) throws IOException;

  /** Whether there is a file or folder of that name. */
  boolean exists(Path path);

  /** Bytes that may still be written to the disk that holds {@code path}. */
  long usableSpace(Path path) throws IOException;

  /**
   * The last failure to close a file, or null. It is told here and thrown nowhere: what must last
   * was synced before, so that nothing is lost by it, and thrown on the way out of another failure
   * it would hide what that one means.
   */
  IOException closeError();

  /**
   * Takes the exclusive lock on a file, creating it if missing; null if another process or another
   * opening in this one holds it. Closing gives it back; so does the end of the process, and so may
   * closing any other opening of the file in this process: nobody reads a file that is locked.
   */
  HeldLock tryLock(Path file) throws IOException;
}
