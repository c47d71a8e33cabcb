package dev.varve.storage.fs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is done to a shadow is seen there, and nowhere else. */
final class ShadowFileSystemTest {
  private static final Path FOLDER = Path.of("/db");
  private static final Path OLD = FOLDER.resolve("old");
  private static final Path NEW = FOLDER.resolve("new");

  private static final byte[] CHANGED = "changed".getBytes(StandardCharsets.US_ASCII);

  /** More than is kept together. */
  private static final int BYTES = 200_000;

  private final SimulatedFileSystem disk = new SimulatedFileSystem();
  private final ShadowFileSystem shadow = new ShadowFileSystem(disk);

  @BeforeEach
  void fill() throws IOException {
    disk.createDirectories(FOLDER);
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = (byte) ((i * 31) >>> 3);
    }
    write(disk, true, OLD, 0, bytes);
  }

  private static void write(FileSystem files, boolean creates, Path file, long at, byte[] bytes)
      throws IOException {
    try (WritableFile out = creates ? files.create(file) : files.openForWrite(file)) {
      out.write(ByteBuffer.wrap(bytes), at);
      out.sync();
    }
  }

  private static byte[] read(FileSystem files, Path file) throws IOException {
    try (ReadableFile in = files.openForRead(file)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) in.size());
      in.read(bytes, 0);
      return bytes.array();
    }
  }

  /** The other one is as it was. */
  private void check() throws IOException {
    assertEquals(List.of("old"), disk.list(FOLDER));
    byte[] bytes = read(disk, OLD);
    assertEquals(BYTES, bytes.length);
    for (int i = 0; i < BYTES; i++) {
      assertEquals((byte) ((i * 31) >>> 3), bytes[i]);
    }
  }

  @Test
  void whatIsWrittenOverAFileIsSeenInItsMidst() throws IOException {
    byte[] expected = read(disk, OLD);
    for (int at : new int[] {0, 65_530, 131_072, BYTES - 3}) {
      write(shadow, false, OLD, at, CHANGED);
      expected = Arrays.copyOf(expected, Math.max(expected.length, at + 7));
      System.arraycopy(CHANGED, 0, expected, at, 7);
    }
    assertTrue(Arrays.equals(expected, read(shadow, OLD)));
    assertEquals(BYTES + 4, shadow.size(OLD));
    check();
  }

  @Test
  void whatIsCutAndGrowsAgainIsZero() throws IOException {
    byte[] expected = Arrays.copyOf(Arrays.copyOf(read(disk, OLD), 70_000), BYTES);
    try (WritableFile out = shadow.openForWrite(OLD)) {
      out.truncate(70_000);
      out.truncate(BYTES);
    }
    assertTrue(Arrays.equals(expected, read(shadow, OLD)));
    assertThrows(EOFException.class, this::readBehind);
    check();
  }

  private void readBehind() throws IOException {
    try (ReadableFile in = shadow.openForRead(OLD)) {
      in.read(ByteBuffer.allocate(2), BYTES - 1);
    }
  }

  @Test
  void namesComeAndGo() throws IOException {
    shadow.link(OLD, NEW);
    assertEquals(Set.of("old", "new"), Set.copyOf(shadow.list(FOLDER)));
    assertThrows(FileAlreadyExistsException.class, () -> shadow.create(NEW));
    shadow.delete(OLD);
    assertFalse(shadow.exists(OLD));
    assertThrows(NoSuchFileException.class, () -> shadow.openForRead(OLD));
    assertThrows(NoSuchFileException.class, () -> shadow.size(OLD));
    assertThrows(NoSuchFileException.class, () -> shadow.delete(OLD));
    assertEquals(BYTES, read(shadow, NEW).length);
    shadow.rename(NEW, OLD);
    assertEquals(List.of("old"), shadow.list(FOLDER));
    write(shadow, true, NEW, 100, new byte[] {1});
    shadow.rename(NEW, OLD);
    assertEquals(101, shadow.size(OLD));
    check();
  }
}
