package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that may open few files has more tables and blob files than that. */
final class OpenFilesIT {
  private static final int LIMIT = 96;
  private static final int KEYS = 12_000;

  @TempDir Path folder;

  private static byte[] value(int key) {
    return (key + "-".repeat(300)).getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void writesAndReadsGoOnWithMoreTablesThanMayBeOpen() throws IOException {
    Path data = folder.resolve("data");
    ServerProcess.Builder limited =
        ServerProcess.in(data)
            .through("bash", "-c", "ulimit -n " + LIMIT + " && exec \"$@\"", "limited")
            .with("--memtable-entries", "100", "--blob-threshold", "256");
    try (ServerProcess server = limited.start();
        RawClient client = server.connect()) {
      for (int i = 0; i < KEYS; i++) {
        assertEquals(
            "OK", client.call("SET", "key" + i, new String(value(i), StandardCharsets.US_ASCII)));
      }
      assertEquals("OK", client.call("SAVE"));
      for (int i = 0; i < KEYS; i++) {
        int key = (int) (i * 7919L % KEYS);
        assertArrayEquals(value(key), (byte[]) client.call("GET", "key" + key));
      }
      assertEquals(KEYS, Keys.count(client));
      assertTrue(server.openFiles() <= LIMIT);
      server.terminate();
    }
    try (Stream<Path> files = Files.list(data)) {
      long blobs = files.filter(file -> file.toString().endsWith(".blob")).count();
      assertTrue(blobs > LIMIT, blobs + " blob files");
    }
    assertEquals(
        0,
        Tools.run(
                List.of(
                    ServerProcess.HOME.resolve("bin/varve").toString(), "check", data.toString()))
            .code());
  }
}
