package dev.varve.server.bootstrap;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The file that the log goes to. Everything is appended, so that a file that somebody truncates
 * begins anew without a hole. It follows its name: once the file was renamed or deleted, what comes
 * goes to a new one. Safe for use by many threads.
 */
final class LogFile extends OutputStream {
  private final Path path;
  private OutputStream out;

  /** Which file {@link #out} goes to. */
  private Object key;

  /**
   * Opens the file, or makes it.
   *
   * @throws IOException if that can't be
   */
  LogFile(Path path) throws IOException {
    this.path = path;
    open();
  }

  private void open() throws IOException {
    OutputStream next =
        Channels.newOutputStream(
            FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.APPEND));
    Object nextKey;
    try {
      nextKey = keyOfPath();
    } catch (IOException e) {
      next.close();
      throw e;
    }
    OutputStream last = out;
    out = next;
    key = nextKey;
    if (last != null) {
      last.close();
    }
  }

  private Object keyOfPath() throws IOException {
    return Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class).fileKey();
  }

  /** Goes on in a new file if the one that is open isn't found under its name any more. */
  synchronized void follow() {
    try {
      if (!isNamed()) {
        open();
      }
    } catch (IOException e) {
      // Nothing is lost: lines go on to the file that is open, and it is tried again.
    }
  }

  private boolean isNamed() throws IOException {
    try {
      return keyOfPath().equals(key);
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public void write(int singleByte) throws IOException {
    write(new byte[] {(byte) singleByte}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    follow();
    out.write(bytes, offset, length);
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }
}
