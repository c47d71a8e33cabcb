package dev.varve.storage.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What the disk is asked for, call by call, and what becomes of the errors of these calls. */
class DiskCallsTest {
  private final DiskFileSystem files = new DiskFileSystem();
  private final List<String> calls = new ArrayList<>();

  /** Call that fails; null for none. */
  private String failing;

  private String reason;

  private final class Recorded extends WatchedPath.Forwarding {
    Recorded(FileChannel channel) {
      super(channel);
    }

    private void call(String name) throws IOException {
      calls.add(name);
      if (name.equals(failing)) {
        throw new IOException(reason);
      }
    }

    @Override
    public int write(ByteBuffer source, long position) throws IOException {
      call("write");
      return super.write(source, position);
    }

    @Override
    public void force(boolean metaData) throws IOException {
      call(metaData ? "fsync" : "fdatasync");
      super.force(metaData);
    }

    @Override
    protected void implCloseChannel() throws IOException {
      super.implCloseChannel();
      call("close");
    }
  }

  private Path watched(Path real) {
    return WatchedPath.of(
        real,
        channel -> {
          calls.add("open " + real.getFileName());
          return new Recorded(channel);
        });
  }

  private static Path folder() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  private WritableFile file() throws IOException {
    Path real = Files.createTempFile("varve", ".calls");
    real.toFile().deleteOnExit();
    return files.openForWrite(watched(real));
  }

  /** Found by a planted fault that no other test noticed. */
  @Test
  void theSyncOfAFolderSyncsTheFolder() throws IOException {
    files.syncDirectory(watched(folder()));
    assertEquals(List.of("open " + folder().getFileName(), "fsync", "close"), calls);
  }

  @Test
  void theSyncOfAFileSyncsIt() throws IOException {
    try (WritableFile file = file()) {
      calls.clear();
      file.write(ByteBuffer.allocateDirect(10), 0);
      assertEquals(List.of("write"), calls);
      file.sync();
      assertEquals(List.of("write", "fdatasync"), calls);
    }
    assertEquals(List.of("write", "fdatasync", "close"), calls);
  }

  @Test
  void aFailedSyncIsThrownAndTheFolderClosed() throws IOException {
    failing = "fsync";
    reason = "Input/output error";
    IOException thrown =
        assertThrows(IOException.class, () -> files.syncDirectory(watched(folder())));
    assertEquals(reason, thrown.getMessage());
    assertEquals("close", calls.getLast());
    reason = "No space left on device";
    assertThrows(NoSpaceException.class, () -> files.syncDirectory(watched(folder())));
    failing = "fdatasync";
    try (WritableFile file = file()) {
      assertThrows(NoSpaceException.class, file::sync);
    }
    assertNull(files.closeError());
  }

  @Test
  void aFailingCloseIsToldAndHidesNothing() throws IOException {
    failing = "close";
    reason = "Input/output error";
    WritableFile file = file();
    file.sync();
    file.close();
    assertTrue(files.closeError().getMessage().contains(".calls: Input/output error"));
    files.syncDirectory(watched(folder()));
    assertTrue(files.closeError().getMessage().startsWith(folder() + ": "));
  }

  @Test
  void tooManyOpenFilesHaveAnErrorOfTheirOwn() {
    IOException refined = FileErrors.refine("file", new IOException("/file: Too many open files"));
    assertInstanceOf(TooManyFilesException.class, refined);
  }
}
