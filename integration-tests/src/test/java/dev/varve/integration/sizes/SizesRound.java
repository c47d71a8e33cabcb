package dev.varve.integration.sizes;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A server of some {@code maxmemory} whose clients send commands of every size for a while: each
 * command is answered or its connection closed, the process never ends, takes no more memory than
 * it was given, and counts what it refused.
 */
record SizesRound(String memory, int clients, long nanos) {
  static final List<String> MEMORY = List.of("96mb", "256mb", "1gb");

  /** Runs it; returns a line that says how it went. */
  String run(SplittableRandom random, Path data) throws InterruptedException {
    List<SizesClient> all = new ArrayList<>();
    long resident;
    try (ServerProcess server =
        ServerProcess.in(data).with("--maxmemory", memory, "--appendfsync", "no").start()) {
      Throwable failure = runClients(server, random, all);
      String context = memory + ", " + clients + " clients\n" + server.log();
      assertTrue(server.isAlive(), context);
      assertNull(failure, () -> context + "\n" + failure);
      resident = server.memoryKib("VmHWM");
      assertTrue(resident < kib(), resident + " KiB resident, " + context);
      assertCounted(server, all);
      assertEquals(0, server.terminate().code(), context);
    }
    long executed = all.stream().mapToLong(SizesClient::executed).sum();
    long refused = all.stream().mapToLong(SizesClient::refused).sum();
    long closed = all.stream().mapToLong(SizesClient::closed).sum();
    assertTrue(executed > closed, "of " + executed + " commands " + closed + " ended connections");
    return memory
        + ", "
        + clients
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

  /** Returns what a client found wrong; null: nothing. */
  private Throwable runClients(ServerProcess server, SplittableRandom random, List<SizesClient> all)
      throws InterruptedException {
    AtomicReference<Throwable> failure = new AtomicReference<>();
    List<Thread> threads = new ArrayList<>();
    long end = System.nanoTime() + nanos;
    for (int i = 0; i < clients; i++) {
      SizesClient client = new SizesClient(server, random.split(), longestValue());
      all.add(client);
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
    return failure.get();
  }

  /**
   * What clients were told, INFO knows; of some it is lost whom a connection's end came first to.
   */
  private static void assertCounted(ServerProcess server, List<SizesClient> all) {
    long told = all.stream().mapToLong(SizesClient::refused).sum();
    try (RawClient client = server.connect()) {
      assertEquals("PONG", client.call("PING"));
      String info = new String((byte[]) client.call("INFO", "errorstats"), US_ASCII);
      String name = "errorstat_OOM:count=";
      long counted =
          info.lines()
              .filter(line -> line.startsWith(name))
              .mapToLong(line -> Long.parseLong(line.substring(name.length())))
              .sum();
      assertTrue(counted >= told, counted + " of " + told + " refusals were counted");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** About the longest value that the memory allows. */
  private long longestValue() {
    return switch (memory) {
      case "96mb" -> 600_000;
      case "256mb" -> 13_000_000;
      default -> 60_000_000;
    };
  }

  private long kib() {
    return switch (memory) {
      case "96mb" -> 96 << 10;
      case "256mb" -> 256 << 10;
      default -> 1 << 20;
    };
  }
}
