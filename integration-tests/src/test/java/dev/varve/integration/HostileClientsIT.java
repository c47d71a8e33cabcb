package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many clients at once, and such that are slow on purpose: the server stays within its memory,
 * serves the others, and counts whom it turned away. ({@link BadInputIT} has single ones that send
 * nonsense.)
 */
final class HostileClientsIT {

  private static final int MAX_CLIENTS = 4_000;
  private static final long MAX_MEMORY_KIB = 256 << 10;

  /** About what that leaves for one; {@link LimitsIT} has it taken. */
  private static final int LARGEST_VALUE = 13_000_000;

  private static final String NO_ROOM =
      "OOM requests take more memory than this server has for them";

  private static final Duration PAUSE = Duration.ofMillis(5);

  @TempDir Path folder;
  private ServerProcess server;

  @BeforeEach
  void start() {
    server =
        ServerProcess.in(folder.resolve("data"))
            .with("--maxmemory", "256mb", "--maxclients", Integer.toString(MAX_CLIENTS))
            .with("--client-output-timeout", "1")
            .start();
  }

  @AfterEach
  void isBounded() {
    try (ServerProcess ended = server) {
      long peak = ended.memoryKib("VmHWM");
      assertTrue(peak < MAX_MEMORY_KIB, () -> "resident memory rose to " + peak + " KiB");
    }
  }

  private static long info(RawClient client, String field) throws IOException {
    String text = new String((byte[]) client.call("INFO"), StandardCharsets.US_ASCII);
    return text.lines()
        .filter(line -> line.startsWith(field + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(field.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private void await(RawClient observer, String field, long value) throws IOException {
    while (info(observer, field) != value) {
      server.run(PAUSE);
    }
  }

  private SocketChannel open() throws IOException {
    return SocketChannel.open(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
  }

  /** Runs all tasks at the same time. */
  private static <T> List<T> together(List<Callable<T>> tasks) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> each : threads.invokeAll(tasks)) {
        results.add(each.get());
      }
      return results;
    }
  }

  @Test
  void tenThousandConnectionsAtOnce() throws Exception {
    int flood = 10_000;
    List<SocketChannel> channels = new ArrayList<>();
    try (RawClient before = server.connect()) {
      assertEquals("PONG", before.call("PING"));
      for (int i = 0; i < flood; i++) {
        SocketChannel channel = open();
        channels.add(channel);
        // Some are silent, some have sent a part of a request.
        if (i % 2 == 0) {
          channel.write(ByteBuffer.wrap(RawClient.ascii("*3\r\n$3\r\nSET\r\n$100\r\nabc")));
        }
        if (i % 1_000 == 0) {
          assertEquals("PONG", before.call("PING"));
        }
      }
      await(before, "rejected_connections", flood - (MAX_CLIENTS - 1));
      assertEquals(MAX_CLIENTS, info(before, "connected_clients"));
      for (SocketChannel channel : channels) {
        channel.close();
      }
      await(before, "connected_clients", 1);
      try (RawClient after = server.connect()) {
        assertEquals("OK", after.call("SET", "after", "all"));
      }
    }
  }

  @Test
  void writersOfOneByteAtATime() throws Exception {
    int writers = 300;
    byte[] value = new byte[200];
    Arrays.fill(value, (byte) 'v');
    List<SocketChannel> channels = new ArrayList<>();
    try (RawClient other = server.connect()) {
      List<byte[]> frames = new ArrayList<>();
      for (int i = 0; i < writers; i++) {
        channels.add(open());
        byte[] key = RawClient.ascii("slow:" + (1000 + i));
        frames.add(RawClient.frame(RawClient.ascii("SET"), key, value));
      }
      for (int at = 0; at < frames.getFirst().length; at++) {
        for (int i = 0; i < writers; i++) {
          channels.get(i).write(ByteBuffer.wrap(frames.get(i), at, 1));
        }
        assertEquals("PONG", other.call("PING"));
      }
      ByteBuffer reply = ByteBuffer.allocate(5);
      for (SocketChannel channel : channels) {
        reply.clear();
        while (reply.hasRemaining() && channel.read(reply) >= 0) {
          // A reply may come in pieces as well.
        }
        assertEquals("+OK\r\n", new String(reply.array(), StandardCharsets.US_ASCII));
        channel.close();
      }
      assertEquals(writers, Keys.count(other));
    }
  }

  @Test
  void readersThatTakeNothing() throws Exception {
    int readers = 100;
    try (RawClient other = server.connect()) {
      byte[] large = new byte[1 << 20];
      other.send(RawClient.frame(RawClient.ascii("SET"), RawClient.ascii("large"), large));
      assertEquals("OK", other.read());
      List<SocketChannel> channels = new ArrayList<>();
      for (int i = 0; i < readers; i++) {
        SocketChannel channel = open();
        channels.add(channel);
        for (int request = 0; request < 50; request++) {
          channel.write(ByteBuffer.wrap(RawClient.frame("GET", "large")));
        }
        assertEquals("PONG", other.call("PING"));
      }
      await(other, "client_output_buffer_limit_disconnections", readers);
      await(other, "client_unsent_bytes", 0);
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }

  @Test
  void valuesThatAreLargerThanMayBe() throws Exception {
    List<Callable<String>> clients = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      clients.add(
          () -> {
            try (RawClient client = server.connect()) {
              client.send(RawClient.ascii("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870912\r\n"));
              return client.readToEnd();
            }
          });
    }
    for (String answer : together(clients)) {
      assertEquals("-ERR Protocol error: invalid bulk length\r\n", answer);
    }
    try (RawClient other = server.connect()) {
      assertEquals(8, info(other, "protocol_errors"));
    }
  }

  /**
   * Each may be sent, but hardly two of them fit at once: whoever is refused tries again until its
   * value is taken.
   */
  @Test
  void largestValuesInParallel() throws Exception {
    int clients = 16;
    List<Callable<Long>> senders = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      byte[] frame = RawClient.frame(RawClient.ascii("SET"), RawClient.ascii("k" + i), value(i));
      senders.add(() -> sendUntilTaken(frame));
    }
    long refused = served(senders).stream().mapToLong(Long::longValue).sum();
    try (RawClient other = server.connect()) {
      assertEquals(refused, info(other, "client_query_buffer_limit_disconnections"));
      for (int i = 0; i < clients; i++) {
        assertArrayEquals(value(i), (byte[]) other.call("GET", "k" + i));
      }
    }
  }

  /** The replies of no two of them fit at once: each has its own in its turn. */
  @Test
  void largestValuesReadInParallel() throws Exception {
    int values = 4;
    try (RawClient writer = server.connect()) {
      for (int i = 0; i < values; i++) {
        writer.send(RawClient.frame(RawClient.ascii("SET"), RawClient.ascii("k" + i), value(i)));
        assertEquals("OK", writer.read());
      }
    }
    List<Callable<Boolean>> readers = new ArrayList<>();
    for (int i = 0; i < 16; i++) {
      int number = i % values;
      readers.add(
          () -> {
            try (RawClient reader = server.connect()) {
              return Arrays.equals(value(number), (byte[]) reader.call("GET", "k" + number));
            }
          });
    }
    assertFalse(served(readers).contains(false));
  }

  /** Alone it is sent while it is made. */
  @Test
  void aReplyThatNeverFitsIsAnErrorInATransaction() throws Exception {
    try (RawClient client = server.connect()) {
      client.send(RawClient.frame(RawClient.ascii("SET"), RawClient.ascii("k"), value(0)));
      assertEquals("OK", client.read());
      for (Object each : (List<?>) client.call("MGET", "k", "k", "k")) {
        assertArrayEquals(value(0), (byte[]) each);
      }
      assertEquals("OK", client.call("MULTI"));
      assertEquals("QUEUED", client.call("MGET", "k", "k", "k"));
      assertEquals(
          List.of(
              new RawClient.ErrorReply(
                  "OOM the reply takes more memory than this server has for replies")),
          client.call("EXEC"));
      assertArrayEquals(value(0), (byte[]) client.call("GET", "k"));
    }
  }

  private static byte[] value(long seed) {
    byte[] value = new byte[LARGEST_VALUE];
    new SplittableRandom(seed).nextBytes(value);
    return value;
  }

  /** Returns how often it was refused. */
  private long sendUntilTaken(byte[] frame) throws IOException {
    long refused = 0;
    while (true) {
      try (RawClient client = server.connect()) {
        client.send(frame);
        Object reply = client.read();
        if (reply.equals("OK")) {
          return refused;
        }
        assertEquals(new RawClient.ErrorReply(NO_ROOM), reply);
      } catch (SocketException | EOFException e) {
        // It was still sending when it was refused.
        assertTrue(server.isAlive(), server::log);
      }
      refused++;
    }
  }

  /** Runs all tasks at the same time, while another client is served. */
  private <T> List<T> served(List<Callable<T>> tasks) throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    Callable<Long> bystander =
        () -> {
          try (RawClient client = server.connect()) {
            long calls = 0;
            do {
              String value = "v" + calls++;
              assertEquals("OK", client.call("SET", "small", value));
              assertArrayEquals(RawClient.ascii(value), (byte[]) client.call("GET", "small"));
            } while (!over.get());
            return calls;
          }
        };
    try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Long> calls = thread.submit(bystander);
      try {
        return together(tasks);
      } finally {
        over.set(true);
        assertTrue(calls.get() > 0);
      }
    }
  }

  @Test
  void valuesThatNeverEnd() throws Exception {
    int silent = 40;
    byte[] half = Arrays.copyOf(value(0), LARGEST_VALUE / 2);
    byte[] announced =
        RawClient.ascii("*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$" + LARGEST_VALUE + "\r\n");
    List<RawClient> attackers = new ArrayList<>();
    try {
      List<Callable<Void>> begin = new ArrayList<>();
      for (int i = 0; i < silent; i++) {
        RawClient attacker = server.connect();
        attackers.add(attacker);
        begin.add(
            () -> {
              try {
                attacker.send(announced).send(half);
              } catch (SocketException refused) {
                assertTrue(server.isAlive(), server::log);
              }
              return null;
            });
      }
      served(begin);
      byte[] whole = RawClient.frame(RawClient.ascii("SET"), RawClient.ascii("whole"), value(1));
      served(List.<Callable<Long>>of(() -> sendUntilTaken(whole)));
      try (RawClient other = server.connect()) {
        assertArrayEquals(value(1), (byte[]) other.call("GET", "whole"));
        assertTrue(info(other, "client_query_buffer_limit_disconnections") > 0);
      }
    } finally {
      attackers.forEach(RawClient::close);
    }
  }

  @Test
  void deepPipelinesOfManyClients() throws Exception {
    int clients = 40;
    int depth = 20_000;
    List<Callable<Long>> tasks = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      tasks.add(
          () -> {
            try (RawClient client = server.connect()) {
              Thread sender = Thread.ofVirtual().start(() -> sendAll(client, depth));
              long last = 0;
              for (int reply = 0; reply < depth; reply++) {
                last = (Long) client.read();
              }
              sender.join();
              return last;
            }
          });
    }
    List<Long> last = together(tasks);
    assertTrue(last.contains((long) clients * depth), last::toString);
  }

  private static void sendAll(RawClient client, int depth) {
    byte[] frame = RawClient.frame("INCR", "counter");
    try {
      for (int i = 0; i < depth; i++) {
        client.write(frame);
      }
      client.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void keysOfEveryByte() throws Exception {
    List<byte[]> keys = new ArrayList<>();
    keys.add(new byte[0]);
    for (int first = 0; first < 256; first++) {
      keys.add(new byte[] {(byte) first});
      for (int second = 0; second < 256; second += 5) {
        keys.add(new byte[] {(byte) first, (byte) second});
      }
    }
    byte[] all = new byte[256];
    for (int i = 0; i < 256; i++) {
      all[i] = (byte) i;
    }
    keys.add(all);
    try (RawClient client = server.connect()) {
      for (byte[] key : keys) {
        client.write(RawClient.frame(RawClient.ascii("SET"), key, key));
      }
      client.flush();
      for (int i = 0; i < keys.size(); i++) {
        assertEquals("OK", client.read());
      }
    }
    server.kill();
    server = ServerProcess.in(folder.resolve("data")).with("--maxmemory", "256mb").start();
    try (RawClient client = server.connect()) {
      assertEquals(keys.size(), Keys.scan(client).size());
      assertEquals(keys.size(), Keys.count(client));
      for (byte[] key : keys) {
        client.send(RawClient.frame(RawClient.ascii("GETDEL"), key));
        assertArrayEquals(key, (byte[]) client.read());
      }
      assertEquals(0, Keys.count(client));
    }
  }
}
