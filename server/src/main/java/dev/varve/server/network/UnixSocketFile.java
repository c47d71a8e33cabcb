package dev.varve.server.network;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The file of a unix socket. It gets its name last, so that nobody connects before it has its
 * permissions; and it takes the place of one that nobody listens on, never that of another server.
 */
final class UnixSocketFile {
  private static final Logger LOG = LoggerFactory.getLogger(UnixSocketFile.class);
  private static final String LETTERS = "rwxrwxrwx";

  /** Folders that servers may have left that were killed while they made their sockets. */
  private static final int MOST_ATTEMPTS = 99;

  private static final FileAttribute<Set<PosixFilePermission>> OWN =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private final Path path;
  private Object key;

  UnixSocketFile(Path path) {
    this.path = path;
  }

  /** Begins to listen on a path that nobody else knows. */
  interface Binder {
    void bind(Path draft) throws IOException;
  }

  Path path() {
    return path;
  }

  /**
   * Makes the socket.
   *
   * @param permissions bits of its file; 0: as the process makes files
   */
  void place(int permissions, Binder binder) throws IOException {
    requireFree();
    Path hidden = hiddenFolder();
    Path draft = hidden.resolve("s");
    try {
      binder.bind(draft);
      if (permissions != 0) {
        Files.setPosixFilePermissions(draft, permissionsOf(permissions));
      }
      key = attributes(draft).fileKey();
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
      Files.deleteIfExists(hidden);
    }
  }

  /**
   * Makes a folder beside the socket that nobody but this process's user gets into. Its name is
   * short: what is in it may hardly be longer than the socket's path, as the system takes few
   * bytes.
   */
  private Path hiddenFolder() throws IOException {
    for (int attempt = 0; ; attempt++) {
      Path hidden = path.resolveSibling(attempt == 0 ? ".v" : ".v" + attempt);
      try {
        return Files.createDirectory(hidden, OWN);
      } catch (FileAlreadyExistsException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  /** Throws unless the path is free, or has an empty file or a socket that nobody listens on. */
  private void requireFree() throws IOException {
    BasicFileAttributes there;
    try {
      there = attributes(path);
    } catch (NoSuchFileException e) {
      return;
    }
    if (there.isRegularFile() && there.size() == 0) {
      // As of who had a name made that is nobody else's.
      return;
    }
    if (!there.isOther()) {
      throw new IOException("there is a file that is no socket");
    }
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      // One whose backlog is full would have it wait.
      channel.configureBlocking(false);
      channel.connect(UnixDomainSocketAddress.of(path));
    } catch (ConnectException e) {
      return;
    } catch (IOException e) {
      if (isRefusal(e)) {
        return;
      }
      throw new IOException("whether a server listens there can't be told: " + e.getMessage(), e);
    }
    throw new IOException("another server listens there");
  }

  private static boolean isRefusal(IOException e) {
    return String.valueOf(e.getMessage()).contains("Connection refused");
  }

  /** Removes the file, unless somebody has put another one in its place. */
  void remove() {
    try {
      if (attributes(path).fileKey().equals(key)) {
        Files.deleteIfExists(path);
      }
    } catch (NoSuchFileException e) {
      LOG.debug("The unix socket {} is gone already", path);
    } catch (IOException e) {
      LOG.warn("The unix socket {} can't be removed: {}", path, e.toString());
    }
  }

  private static BasicFileAttributes attributes(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
  }

  private static Set<PosixFilePermission> permissionsOf(int bits) {
    StringBuilder text = new StringBuilder(LETTERS);
    for (int i = 0; i < LETTERS.length(); i++) {
      if ((bits & 0400 >> i) == 0) {
        text.setCharAt(i, '-');
      }
    }
    return PosixFilePermissions.fromString(text.toString());
  }
}
