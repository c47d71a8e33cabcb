package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code kill -9} while 50 connections write; then every acknowledged write is read back. The bytes
 * of a write are in the file before its reply under every policy, so that the end of the process
 * loses nothing under {@code everysec} either.
 */
final class CrashIT {

  private static final int CONNECTIONS = 50;
  private static final int KEYS_EACH = 200;
  private static final int ROUNDS = 3;
  private static final int PIPELINE = 8;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"always", "everysec"})
  void keepsEveryAcknowledgedWrite(String policy) throws Exception {
    SplittableRandom random = Seed.random("CrashIT " + policy);
    List<Writer> writers = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      writers.add(new Writer(i));
    }
    for (int round = 0; round < ROUNDS; round++) {
      // A small memtable, so that flushes and compactions are under way when the end comes.
      try (ServerProcess server = start(policy)) {
        int enough = random.nextInt(2_000, 20_000);
        CountDownLatch acknowledged = new CountDownLatch(enough);
        List<Thread> threads = new ArrayList<>();
        for (Writer writer : writers) {
          threads.add(Thread.ofVirtual().start(() -> writer.write(server.port(), acknowledged)));
        }
        acknowledged.await();
        server.kill();
        for (Thread thread : threads) {
          thread.join();
        }
      }
      try (ServerProcess server = start(policy);
          RawClient client = server.connect()) {
        for (Writer writer : writers) {
          writer.verify(client);
        }
        assertEquals(Keys.scan(client).size(), Keys.count(client));
      }
    }
  }

  private ServerProcess start(String policy) {
    return ServerProcess.in(folder.resolve("data"))
        .with("--appendfsync", policy, "--memtable-bytes", "256kb")
        .start();
  }

  /**
   * One connection and its own keys, whose values only grow: the version that was acknowledged last
   * must be there, or one that was sent after it.
   */
  private static final class Writer {
    private final int number;
    private final long[] acknowledged = new long[KEYS_EACH];
    private final long[] sent = new long[KEYS_EACH];
    private long version;

    Writer(int number) {
      this.number = number;
    }

    /** Writes until the connection breaks, which is how the server's end is seen. */
    void write(int port, CountDownLatch latch) {
      try (RawClient client = RawClient.connect(port)) {
        while (true) {
          long first = version;
          for (int i = 0; i < PIPELINE; i++) {
            int key = (int) (version % KEYS_EACH);
            sent[key] = ++version;
            client.write(RawClient.frame("SET", name(key), value(version)));
          }
          client.flush();
          for (int i = 0; i < PIPELINE; i++) {
            assertEquals("OK", client.read());
            acknowledged[(int) ((first + i) % KEYS_EACH)] = first + i + 1;
            latch.countDown();
          }
        }
      } catch (IOException | UncheckedIOException killed) {
        // The state of what is in flight is unknown; verify() allows both.
        assertTrue(latch.getCount() == 0, () -> "the connection broke before the kill: " + killed);
      }
    }

    void verify(RawClient client) throws IOException {
      for (int key = 0; key < KEYS_EACH; key++) {
        client.write(RawClient.frame("GET", name(key)));
      }
      client.flush();
      for (int key = 0; key < KEYS_EACH; key++) {
        byte[] value = (byte[]) client.read();
        long found =
            value == null
                ? 0
                : Long.parseLong(new String(value, StandardCharsets.US_ASCII).strip());
        String what =
            name(key)
                + ": found "
                + found
                + ", acknowledged "
                + acknowledged[key]
                + ", sent "
                + sent[key];
        assertTrue(found >= acknowledged[key] && found <= sent[key], what);
        acknowledged[key] = found;
      }
    }

    private String name(int key) {
      return "writer:" + number + ":" + key;
    }

    private static String value(long version) {
      return String.format("%-100d", version);
    }
  }
}
