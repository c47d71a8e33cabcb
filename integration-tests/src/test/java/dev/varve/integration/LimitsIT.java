package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Large pipelines and values of every size. */
final class LimitsIT {

  @TempDir static Path folder;
  private static ServerProcess server;

  @BeforeAll
  static void start() {
    server = ServerProcess.in(folder.resolve("data")).with("--maxmemory", "1gb").start();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(
      ints = {
        0,
        1,
        15,
        100,
        4095,
        4096,
        32 << 10,
        65_536,
        1 << 20,
        5_000_001,
        40 << 20,
        60_000_000
      })
  void keepsValuesOfEverySize(int length) throws IOException {
    byte[] value = new byte[length];
    new SplittableRandom(length).nextBytes(value);
    byte[] key = RawClient.ascii("value:" + length);
    try (RawClient client = server.connect()) {
      assertEquals("OK", client.send(RawClient.frame(RawClient.ascii("SET"), key, value)).read());
      assertArrayEquals(
          value, (byte[]) client.send(RawClient.frame(RawClient.ascii("GET"), key)).read());
      assertEquals(
          (long) length, client.send(RawClient.frame(RawClient.ascii("STRLEN"), key)).read());
    }
  }

  /**
   * Found by hand: a value just within the limit took more of the heap than there was, and the
   * server ended.
   */
  @ParameterizedTest
  @CsvSource({"100mb, 1000000", "256mb, 13000000", "512mb, 31000000"})
  void takesTheLargestValueThatItsMemoryAllows(String maxMemory, int length) throws IOException {
    byte[] value = new byte[length];
    new SplittableRandom(length).nextBytes(value);
    byte[] half = Arrays.copyOf(value, length / 2);
    try (ServerProcess small =
            ServerProcess.in(folder.resolve(maxMemory)).with("--maxmemory", maxMemory).start();
        RawClient client = small.connect()) {
      for (int i = 0; i < 3; i++) {
        assertEquals("OK", client.send(frame("SET", value)).read());
        assertArrayEquals(value, (byte[]) client.send(RawClient.frame("GET", "key")).read());
        assertEquals("OK", client.send(frame("SET", half)).read());
        assertEquals(2L * half.length, client.send(frame("APPEND", half)).read());
      }
    }
  }

  private static byte[] frame(String command, byte[] value) {
    return RawClient.frame(RawClient.ascii(command), RawClient.ascii("key"), value);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1000, 65_536})
  void keepsKeysOfEverySize(int length) throws IOException {
    byte[] key = new byte[length];
    new SplittableRandom(length).nextBytes(key);
    try (RawClient client = server.connect()) {
      assertEquals(
          "OK",
          client.send(RawClient.frame(RawClient.ascii("SET"), key, RawClient.ascii("v"))).read());
      assertArrayEquals(
          RawClient.ascii("v"),
          (byte[]) client.send(RawClient.frame(RawClient.ascii("GET"), key)).read());
      assertEquals(1L, client.send(RawClient.frame(RawClient.ascii("DEL"), key)).read());
    }
  }

  @Test
  void answersAClientThatSendsAllBeforeItReads() throws IOException {
    int requests = 200_000;
    try (RawClient client = server.connect()) {
      for (int i = 0; i < requests; i++) {
        client.write(RawClient.frame("INCR", "pipelined"));
      }
      client.flush();
      for (long i = 1; i <= requests; i++) {
        assertEquals(i, client.read());
      }
    }
  }

  @Test
  void mixesReadsAndWritesInOrder() throws IOException {
    int requests = 20_000;
    try (RawClient client = server.connect()) {
      for (int i = 0; i < requests; i++) {
        client.write(RawClient.frame("SET", "mixed", Integer.toString(i)));
        client.write(RawClient.frame("GET", "mixed"));
        client.write(RawClient.frame("NOSUCHCOMMAND"));
        client.write(RawClient.frame("GET", "never written"));
      }
      client.flush();
      for (int i = 0; i < requests; i++) {
        assertEquals("OK", client.read());
        assertEquals(
            Integer.toString(i), new String((byte[]) client.read(), StandardCharsets.US_ASCII));
        assertTrue(client.read() instanceof RawClient.ErrorReply);
        assertEquals(null, client.read());
      }
    }
  }

  @Test
  void takesCommandsOfManyArguments() throws IOException {
    int pairs = 50_000;
    byte[][] set = new byte[1 + 2 * pairs][];
    byte[][] get = new byte[1 + pairs][];
    set[0] = RawClient.ascii("MSET");
    get[0] = RawClient.ascii("MGET");
    for (int i = 0; i < pairs; i++) {
      get[1 + i] = RawClient.ascii("many:" + i);
      set[1 + 2 * i] = get[1 + i];
      set[2 + 2 * i] = RawClient.ascii("v" + i);
    }
    try (RawClient client = server.connect()) {
      assertEquals("OK", client.send(RawClient.frame(set)).read());
      var values = (List<?>) client.send(RawClient.frame(get)).read();
      for (int i = 0; i < pairs; i++) {
        assertArrayEquals(RawClient.ascii("v" + i), (byte[]) values.get(i));
      }
    }
  }
}
