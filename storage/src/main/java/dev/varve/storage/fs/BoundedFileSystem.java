package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Another file system that keeps no more than so many files open for reading: where one more would
 * be opened, one goes that was not read for long. Who reads that one next has it opened again, and
 * notices nothing; so its name must stay for as long as it is in use.
 *
 * <p>If the system has no room for one more before that, be it to read, to write or to sync a
 * folder, some of these files are closed and it is tried once more.
 *
 * <p>To read a file that is open costs nothing more: a reader takes no lock and counts nothing, and
 * if its file is closed under it, it reads on in the one that is opened in its place. Which file
 * was not read for long is known as a clock knows it: each turn of the hand clears the marks that
 * reads have set since the last one.
 */
public final class BoundedFileSystem extends ForwardingFileSystem {
  /** Where the system has no room for one more, a part of those that are open goes. */
  private static final int PART_GIVEN_UP = 4;

  private final int limit;

  /** The hand points to the first one. Guarded by its monitor, as are openings. */
  private final LinkedHashSet<Reopened> open = new LinkedHashSet<>();

  /** Keeps up to {@code limit} files open, at least one. */
  public BoundedFileSystem(FileSystem delegate, int limit) {
    super(delegate);
    if (limit < 1) {
      throw new IllegalArgumentException("a limit of " + limit + " files");
    }
    this.limit = limit;
  }

  /** How many files are open for reading. */
  public int openFiles() {
    synchronized (open) {
      return open.size();
    }
  }

  @Override
  public ReadableFile openForRead(Path file) throws IOException {
    Reopened opened = new Reopened(file);
    opened.open();
    return opened;
  }

  /** Closes files until {@code most} are left; under the monitor. */
  private void closeDownTo(int most) {
    int spared = 0;
    while (open.size() > most) {
      Iterator<Reopened> hand = open.iterator();
      Reopened next = hand.next();
      hand.remove();
      // Once round: by then readers may have marked all of them anew.
      if (next.used && spared++ <= open.size()) {
        next.used = false;
        open.add(next);
      } else {
        next.letGo();
      }
    }
  }

  private ReadableFile openNow(Path path) throws IOException {
    closeDownTo(limit - 1);
    return withRoom(() -> super.openForRead(path));
  }

  /** What needs a file more, for as long as it takes or longer. */
  private interface Opening<T> {
    T run() throws IOException;
  }

  /** Where the system has no room for one more, some that are open for reading make it. */
  private <T> T withRoom(Opening<T> opening) throws IOException {
    try {
      return opening.run();
    } catch (TooManyFilesException e) {
      synchronized (open) {
        if (open.isEmpty()) {
          throw e;
        }
        closeDownTo(open.size() - Math.ceilDiv(open.size(), PART_GIVEN_UP));
      }
      return opening.run();
    }
  }

  @Override
  public WritableFile create(Path file) throws IOException {
    return withRoom(() -> super.create(file));
  }

  @Override
  public WritableFile openForWrite(Path file) throws IOException {
    return withRoom(() -> super.openForWrite(file));
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return withRoom(() -> super.list(directory));
  }

  @Override
  public void syncDirectory(Path directory) throws IOException {
    withRoom(
        () -> {
          super.syncDirectory(directory);
          return null;
        });
  }

  /** A file, whether it is open just now or not. */
  private final class Reopened implements ReadableFile {
    private final Path path;

    /** Null while it isn't open. Set under the monitor. */
    private volatile ReadableFile file;

    /**
     * Read again since it was opened or the hand came by. A mark that a race loses only has a file
     * opened once more.
     */
    private boolean used;

    private boolean closed;

    Reopened(Path path) {
      this.path = path;
    }

    private ReadableFile open() throws IOException {
      synchronized (open) {
        if (closed) {
          throw new ClosedChannelException();
        }
        ReadableFile now = file;
        if (now == null) {
          now = openNow(path);
          file = now;
          used = false;
          open.add(this);
        }
        return now;
      }
    }

    @Override
    public void read(ByteBuffer target, long position) throws IOException {
      int begin = target.position();
      while (true) {
        ReadableFile now = file;
        if (now == null) {
          now = open();
        } else if (!used) {
          used = true;
        }
        try {
          now.read(target, position + target.position() - begin);
          return;
        } catch (ClosedByInterruptException e) {
          throw e;
        } catch (ClosedChannelException e) {
          forget(now);
        }
      }
    }

    @Override
    public long size() throws IOException {
      while (true) {
        ReadableFile now = open();
        try {
          return now.size();
        } catch (ClosedByInterruptException e) {
          throw e;
        } catch (ClosedChannelException e) {
          forget(now);
        }
      }
    }

    /** It was closed, by whomever: the next one to read opens it again. */
    @SuppressWarnings("ReferenceEquality") // another opening is another file
    private void forget(ReadableFile gone) {
      synchronized (open) {
        if (file == gone) {
          open.remove(this);
          file = null;
        }
      }
    }

    /** Under the monitor. */
    private void letGo() {
      ReadableFile now = file;
      file = null;
      now.close();
    }

    @Override
    public void close() {
      synchronized (open) {
        closed = true;
        if (open.remove(this)) {
          letGo();
        }
      }
    }
  }
}
