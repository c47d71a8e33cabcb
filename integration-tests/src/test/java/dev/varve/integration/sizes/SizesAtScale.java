package dev.varve.integration.sizes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.Seed;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Commands with values and counts of every size that is permitted, from 1 to 64 connections, at
 * several sizes of memory: the process never ends, takes no more memory than it was given, and
 * refuses with {@code OOM} or an error of the command's. System properties:
 *
 * <ul>
 *   <li>{@code varve.minutes}: how long, together
 *   <li>{@code varve.journal}: a file that keeps a line of each round
 * </ul>
 */
final class SizesAtScale {
  private static final long ROUND_NANOS = TimeUnit.SECONDS.toNanos(20);

  /** What the JVM itself takes leaves too little here: only that it lives is asked of it. */
  private static final String LEAST = "96mb";

  private static final String[] MEMORY = {LEAST, "256mb", "1gb"};

  @TempDir Path folder;

  @Test
  void nothingThatIsPermittedEndsTheProcess() throws Exception {
    long minutes = Integer.getInteger("varve.minutes", 0);
    long seed = Seed.of("SizesAtScale");
    SplittableRandom random = new SplittableRandom(seed);
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(minutes);
    int round = 0;
    do {
      String memory = MEMORY[round % MEMORY.length];
      int clients = 1 << random.nextInt(7);
      String summary = round(memory, clients, random.split(), folder.resolve("round" + round));
      journal("seed " + seed + " round " + round + " " + summary);
      round++;
    } while (round < MEMORY.length || System.nanoTime() < end);
  }

  private static void journal(String line) throws IOException {
    System.out.println(line);
    String file = System.getProperty("varve.journal");
    if (file != null) {
      Files.writeString(
          Path.of(file), line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  private static String round(String memory, int count, SplittableRandom random, Path data)
      throws Exception {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<SizesClient> clients = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    long resident;
    try (ServerProcess server =
        ServerProcess.in(data).with("--maxmemory", memory, "--appendfsync", "no").start()) {
      long longest = longestValue(memory);
      long end = System.nanoTime() + ROUND_NANOS;
      for (int i = 0; i < count; i++) {
        SizesClient client = new SizesClient(server, random.split(), longest);
        clients.add(client);
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      try {
                        client.run(end);
                      } catch (Throwable e) {
                        failure.compareAndSet(null, e);
                      }
                    }));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      String context = memory + ", " + count + " clients\n" + server.log();
      assertTrue(server.isAlive(), context);
      assertNull(failure.get(), () -> context + "\n" + failure.get());
      resident = server.memoryKib("VmHWM");
      if (!memory.equals(LEAST)) {
        assertTrue(resident < kib(memory), resident + " KiB resident, " + context);
      }
      try (RawClient client = server.connect()) {
        assertEquals("PONG", client.call("PING"));
      }
      assertEquals(0, server.terminate().code(), context);
    }
    long executed = clients.stream().mapToLong(SizesClient::executed).sum();
    long refused = clients.stream().mapToLong(SizesClient::refused).sum();
    long closed = clients.stream().mapToLong(SizesClient::closed).sum();
    assertTrue(executed > closed, "of " + executed + " commands " + closed + " ended connections");
    return memory
        + ", "
        + count
        + " clients: "
        + executed
        + " commands, "
        + refused
        + " OOM, "
        + closed
        + " connections closed, "
        + resident / 1024
        + " MiB resident";
  }

  /** About the longest value that the memory allows. */
  private static long longestValue(String memory) {
    return switch (memory) {
      case "96mb" -> 1_000_000;
      case "256mb" -> 13_000_000;
      default -> 60_000_000;
    };
  }

  private static long kib(String memory) {
    return switch (memory) {
      case "96mb" -> 96 << 10;
      case "256mb" -> 256 << 10;
      default -> 1 << 20;
    };
  }
}
