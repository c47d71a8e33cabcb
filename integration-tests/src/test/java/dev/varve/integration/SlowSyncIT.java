package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A disk whose sync takes 10 ms, and one whose sync doesn't return for a while: GETs on other
 * connections don't queue behind it. {@code fdatasync} is replaced by one that sleeps, and waits
 * for as long as a given file is there.
 */
final class SlowSyncIT {

  @TempDir Path folder;
  private Path library;
  private Path gate;

  @BeforeEach
  void compileTheSlowSync() throws IOException {
    Tools.require("gcc");
    Path source = folder.resolve("slow_sync.c");
    try (InputStream in = SlowSyncIT.class.getResourceAsStream("slow_sync.c")) {
      Files.copy(in, source);
    }
    library = folder.resolve("slow_sync.so");
    gate = folder.resolve("gate");
    Tools.run(
            List.of(
                "gcc",
                "-shared",
                "-fPIC",
                "-O1",
                "-o",
                library.toString(),
                source.toString(),
                "-ldl"))
        .succeeded();
  }

  @Test
  void readsDoNotQueueBehindTheSync() throws Exception {
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data"))
                .environment("LD_PRELOAD", library.toString())
                .environment("SLOW_SYNC_MICROS", "10000")
                .environment("SLOW_SYNC_GATE", gate.toString())
                .start();
        RawClient writer = server.connect();
        RawClient reader = server.connect()) {
      // The server learns how slow the disk is.
      for (int i = 0; i < 50; i++) {
        assertEquals("OK", writer.call("SET", "key", "old"));
      }
      long[] beside = readWhileWriting(server, reader);
      System.out.printf(
          Locale.ROOT,
          "GET beside SETs whose sync takes 10 ms: median %d us, 99th of 100 %d us, longest %d us%n",
          beside[beside.length / 2] / 1000,
          beside[beside.length * 99 / 100] / 1000,
          beside[beside.length - 1] / 1000);

      // Now the sync doesn't return at all: reads of what is durable go on, and the write's reply
      // waits.
      Files.createFile(gate);
      writer.send(RawClient.frame("SET", "key", "new"));
      for (int i = 0; i < 1_000; i++) {
        assertEquals(
            "old", new String((byte[]) reader.call("GET", "key"), StandardCharsets.US_ASCII));
      }
      assertFalse(writer.hasReply(), "a reply left before its sync returned");
      Files.delete(gate);
      assertEquals("OK", writer.read());
      assertEquals(
          "new", new String((byte[]) reader.call("GET", "key"), StandardCharsets.US_ASCII));
    }
  }

  /**
   * Returns sorted latencies of GETs in nanoseconds, taken while another connection writes without
   * a pause.
   */
  private static long[] readWhileWriting(ServerProcess server, RawClient reader) throws Exception {
    long[] nanos = new long[2_000];
    AtomicBoolean enough = new AtomicBoolean();
    Thread load =
        Thread.ofVirtual()
            .start(
                () -> {
                  try (RawClient client = server.connect()) {
                    while (!enough.get()) {
                      client.call("SET", "other", "value");
                    }
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                });
    for (int i = 0; i < nanos.length; i++) {
      long start = System.nanoTime();
      reader.call("GET", "key");
      nanos[i] = System.nanoTime() - start;
    }
    enough.set(true);
    load.join();
    Arrays.sort(nanos);
    return nanos;
  }
}
