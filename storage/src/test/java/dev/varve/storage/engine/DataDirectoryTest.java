package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.fs.WritableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class DataDirectoryTest {
  private static final Path DIRECTORY = Path.of("/db");
  private static final Path IDENTITY = DIRECTORY.resolve("IDENTITY");

  private final SimulatedFileSystem files = new SimulatedFileSystem();

  private StorageEngine open() {
    return LsmEngine.open(
        DIRECTORY,
        StorageOptions.DEFAULT,
        new EngineEnvironment(files, () -> 1, new SteppedScheduler(new Random(1))));
  }

  private void rewriteIdentity(String text) throws IOException {
    files.delete(IDENTITY);
    try (WritableFile file = files.create(IDENTITY)) {
      file.write(ByteBuffer.wrap(text.getBytes(US_ASCII)), 0);
    }
  }

  @Test
  void aDirectoryIsOpenOnceAtATime() {
    try (StorageEngine first = open()) {
      assertEquals(0, first.appendedSequence());
      assertThrows(StorageException.Locked.class, this::open);
    }
    open().close();
  }

  @Test
  void anIdentityOfANewerVersionIsRefusedByName() throws IOException {
    open().close();
    String line = "varve database 2 layout 1 0-0-0-0-0";
    CRC32C crc = new CRC32C();
    crc.update(line.getBytes(US_ASCII));
    rewriteIdentity(line + " crc32c " + String.format("%08x", crc.getValue()) + "\n");
    StorageException.FormatTooNew refused =
        assertThrows(StorageException.FormatTooNew.class, this::open);
    assertTrue(refused.getMessage().contains("IDENTITY"), refused.getMessage());
  }

  @Test
  void aDamagedIdentityIsCorruptionAndGivesTheLockBack() throws IOException {
    open().close();
    rewriteIdentity("varve database 1 layout 1 0-0-0-0-0 crc32c 00000000\n");
    assertThrows(StorageException.Corruption.class, this::open);
    rewriteIdentity("");
    assertThrows(StorageException.Corruption.class, this::open);
    rewriteIdentity("varve database x layout 1 0-0-0-0-0 crc32c 00000000\n");
    assertThrows(StorageException.Corruption.class, this::open);
  }

  @Test
  void aDatabaseWithoutItsIdentityIsNotTakenForANewOne() throws IOException {
    try (StorageEngine engine = open()) {
      WriteBatch batch = new WriteBatch();
      batch.put(new byte[] {1}, new byte[] {2});
      engine.commit(batch, SyncPolicy.ALWAYS);
    }
    files.delete(IDENTITY);
    StorageException.Corruption refused =
        assertThrows(StorageException.Corruption.class, this::open);
    assertTrue(refused.getMessage().contains("missing"), refused.getMessage());
  }
}
