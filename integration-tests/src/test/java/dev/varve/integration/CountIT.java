package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** DBSIZE is what SCAN returns, whatever happened before. */
final class CountIT {

  private static final int KEYS = 3_000;
  private static final long PATIENCE_NANOS = 30_000_000_000L;
  private static final int OPERATIONS = 6_000;

  @TempDir Path folder;

  @Test
  void countsAsScanDoes() throws IOException {
    SplittableRandom random = Seed.random("CountIT");
    Set<String> model = new HashSet<>();
    for (int round = 0; round < 4; round++) {
      try (ServerProcess server = start();
          RawClient client = server.connect()) {
        check(model, client);
        change(model, client, random);
        check(model, client);
        if (round == 1) {
          assertEquals("OK", client.call("FLUSHALL"));
          model.clear();
          check(model, client);
          change(model, client, random);
          check(model, client);
        }
        if (round % 2 == 0) {
          server.kill();
        } else {
          assertEquals(0, server.terminate().code());
        }
      }
    }
  }

  @Test
  void doesNotCountWhatHasExpired() throws IOException {
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      for (int i = 0; i < 500; i++) {
        client.call("SET", "stays:" + i, "v");
        client.call("SET", "goes:" + i, "v", "PX", "1");
        client.call("SET", "past:" + i, "v", "EX", "1000");
        client.call("PEXPIREAT", "past:" + i, "1");
      }
      // The server's own clock decides: wait by asking it until the last key is past its time.
      while (client.call("EXISTS", "goes:499").equals(1L)) {
        Thread.onSpinWait();
      }
      assertEquals(500, Keys.scan(client).size());
      awaitCount(client, 500);
      server.kill();
    }
    try (ServerProcess server = start();
        RawClient client = server.connect()) {
      assertEquals(500, Keys.scan(client).size());
      awaitCount(client, 500);
    }
  }

  /** Keys that have expired count until they are removed, which is soon. */
  private static void awaitCount(RawClient client, long expected) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    long count = Keys.count(client);
    while (count > expected && System.nanoTime() < end) {
      count = Keys.count(client);
    }
    assertEquals(expected, count);
  }

  private ServerProcess start() {
    return ServerProcess.in(folder.resolve("data"))
        .with("--appendfsync", "everysec", "--memtable-bytes", "128kb")
        .start();
  }

  private static void check(Set<String> model, RawClient client) throws IOException {
    assertEquals(model.size(), Keys.count(client));
    assertEquals(model, Keys.scan(client));
  }

  private static void change(Set<String> model, RawClient client, SplittableRandom random)
      throws IOException {
    for (int i = 0; i < OPERATIONS; i++) {
      String key = "key:" + random.nextInt(KEYS);
      switch (random.nextInt(8)) {
        case 0, 1, 2 -> {
          client.write(RawClient.frame("SET", key, "value of some length: " + random.nextLong()));
          model.add(key);
        }
        case 3 -> {
          client.write(RawClient.frame("INCR", "counter:" + key));
          model.add("counter:" + key);
        }
        case 4 -> {
          client.write(RawClient.frame("SET", key, "v", "NX"));
          model.add(key);
        }
        case 5 -> {
          client.write(RawClient.frame("DEL", key));
          model.remove(key);
        }
        case 6 -> {
          client.write(RawClient.frame("GETDEL", key));
          model.remove(key);
        }
        default -> {
          client.write(RawClient.frame("PEXPIREAT", key, "1"));
          model.remove(key);
        }
      }
    }
    client.flush();
    for (int i = 0; i < OPERATIONS; i++) {
      Object reply = client.read();
      if (reply instanceof RawClient.ErrorReply error) {
        throw new AssertionError(error.text());
      }
    }
  }
}
