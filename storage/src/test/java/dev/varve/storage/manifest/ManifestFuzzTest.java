package dev.varve.storage.manifest;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.varve.storage.FuzzCorpus;
import dev.varve.storage.FuzzInput;
import dev.varve.storage.StorageException;
import dev.varve.storage.fs.FileSystem;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import dev.varve.storage.record.RecordWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Any bytes in place of a manifest: it is read or said to be damaged; what was read means the same
 * when it is written anew; and one that was damaged is never read as another one. Driven by a
 * fuzzer, see {@code .ci/fuzz}; the tests replay the inputs that were kept.
 *
 * <p>Input: a byte that tells what follows: a manifest; edits, each a length and as many bytes,
 * which are framed as they must be; or how a sound manifest and its CURRENT are damaged.
 */
class ManifestFuzzTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path MANIFEST = DIRECTORY.resolve(FileNames.manifest(5));
  private static final Map<String, byte[]> SOUND = new TreeMap<>();
  private static final byte[] SOUND_EDIT;

  static {
    try {
      SOUND_EDIT = writeSound();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] writeSound() throws IOException {
    FileSystem files = newDirectory();
    VersionEdit first = ManifestTest.fixtureEdits().getFirst();
    int end;
    try (ManifestWriter writer = ManifestWriter.create(files, MANIFEST, 5, first)) {
      writer.append(ManifestTest.fixtureEdits().getLast());
      end = FuzzInput.read(files, MANIFEST).length;
      writer.mark();
    }
    name(files, end);
    for (String name : files.list(DIRECTORY)) {
      SOUND.put(name, FuzzInput.read(files, DIRECTORY.resolve(name)));
    }
    return read(files).encode();
  }

  private static FileSystem newDirectory() throws IOException {
    FileSystem files = new SimulatedFileSystem();
    files.createDirectories(DIRECTORY);
    return files;
  }

  /** Has CURRENT name the manifest, and vouch for some of its bytes. */
  private static void name(FileSystem files, int bytes) throws IOException {
    new CurrentFile(FileNames.manifest(5), bytes).prepare(files, DIRECTORY);
    CurrentFile.switchOver(files, DIRECTORY);
  }

  @TestFactory
  Stream<DynamicTest> keptInputs() throws IOException {
    return FuzzCorpus.replay(getClass(), ManifestFuzzTest::fuzzerTestOneInput);
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    FuzzInput input = new FuzzInput(data);
    input.withinHeap(
        () -> {
          try {
            switch (input.u8() % 3) {
              case 0 -> readAnything(input.rest());
              case 1 -> readEdits(input);
              default -> readDamaged(input);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void readAnything(byte[] bytes) throws IOException {
    FileSystem files = newDirectory();
    FuzzInput.write(files, MANIFEST, bytes);
    name(files, ManifestFormat.HEADER_BYTES);
    checkWrittenAnew(read(files));
  }

  private static void readEdits(FuzzInput input) throws IOException {
    FileSystem files = newDirectory();
    try (WritableFile file = files.create(MANIFEST)) {
      file.write(ManifestFormat.header(ManifestFormat.VERSION), 0);
      RecordWriter records =
          new RecordWriter(
              file, 5, ManifestFormat.HEADER_BYTES, 1 << 20, ByteBuffer.allocateDirect(64 << 10));
      while (input.hasMore()) {
        byte[] edit = input.take(input.u16());
        records.append(edit, 0, edit.length);
      }
      records.write();
    }
    name(files, ManifestFormat.HEADER_BYTES);
    checkWrittenAnew(read(files));
  }

  private static void readDamaged(FuzzInput input) throws IOException {
    FileSystem files = newDirectory();
    List<byte[]> contents = SOUND.values().stream().map(byte[]::clone).toList();
    input.damage(contents.get(input.u8() % contents.size()));
    int i = 0;
    for (String name : SOUND.keySet()) {
      FuzzInput.write(files, DIRECTORY.resolve(name), contents.get(i++));
    }
    VersionEdit read = read(files);
    if (read != null) {
      assertArrayEquals(SOUND_EDIT, read.encode());
    }
  }

  private static void checkWrittenAnew(VersionEdit read) throws IOException {
    if (read == null) {
      return;
    }
    FileSystem files = newDirectory();
    ManifestWriter.create(files, MANIFEST, 5, read).close();
    name(files, ManifestFormat.HEADER_BYTES);
    assertArrayEquals(read.encode(), read(files).encode());
  }

  /** What the manifest says; null: it is damaged, and says so. */
  private static VersionEdit read(FileSystem files) {
    try {
      return ManifestContents.read(files, DIRECTORY).all();
    } catch (StorageException.Corruption | StorageException.FormatTooNew e) {
      return null;
    }
  }
}
