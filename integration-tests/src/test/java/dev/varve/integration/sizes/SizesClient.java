package dev.varve.integration.sizes;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

/** One connection of {@link SizesAtScale}: pipelines of random commands, one after another. */
final class SizesClient {
  /** Of all keys, so that clients meet. */
  private static final int KEYS = 48;

  /** Bytes from which on a request or what it asks for is large for this test's own memory. */
  private static final int LARGE = 4 << 20;

  private static final Semaphore LARGE_ONES = new Semaphore(12);

  private final ServerProcess server;
  private final SplittableRandom random;
  private final long longest;
  private long executed;
  private long refused;
  private long closed;

  SizesClient(ServerProcess server, SplittableRandom random, long longest) {
    this.server = server;
    this.random = random;
    this.longest = longest;
  }

  long executed() {
    return executed;
  }

  long refused() {
    return refused;
  }

  long closed() {
    return closed;
  }

  void run(long endNanos) throws InterruptedException {
    while (System.nanoTime() < endNanos) {
      try (RawClient client = server.connect()) {
        while (System.nanoTime() < endNanos) {
          runPipeline(client);
        }
      } catch (SocketTimeoutException e) {
        throw new AssertionError("a command got no answer, and its connection no end", e);
      } catch (IOException | UncheckedIOException e) {
        // The server may cut a connection that wants too much; whether it lives is asked at the
        // end.
        closed++;
        if (!server.isAlive()) {
          throw new AssertionError("the server has ended", e);
        }
      }
    }
  }

  private void runPipeline(RawClient client) throws IOException, InterruptedException {
    int requests = random.nextInt(4) == 0 ? random.nextInt(1, 12) : 1;
    List<byte[]> pipeline = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < requests && bytes < LARGE; i++) {
      pipeline.add(request());
      bytes += pipeline.getLast().length;
    }
    boolean large = bytes >= LARGE;
    if (large) {
      LARGE_ONES.acquire();
    }
    try {
      for (byte[] request : pipeline) {
        client.write(request);
      }
      client.flush();
      for (int i = 0; i < pipeline.size(); i++) {
        check(client.read());
      }
    } finally {
      if (large) {
        LARGE_ONES.release();
      }
    }
  }

  private void check(Object reply) {
    executed++;
    if (reply instanceof RawClient.ErrorReply error) {
      if (error.text().startsWith("OOM ")) {
        refused++;
      } else if (!error.text().startsWith("ERR ") || error.text().contains("internal")) {
        throw new AssertionError("an error of no command: " + error.text());
      }
    }
  }

  private byte[] request() {
    return switch (random.nextInt(18)) {
      case 0, 1, 2 -> withValue("SET", key());
      case 3 -> withValue("APPEND", key());
      case 4 -> withValue("SETRANGE", key(), Integer.toString(length(longest)));
      case 5 -> withValue("GETSET", key());
      case 6 -> RawClient.frame("GET", key());
      case 7 -> RawClient.frame("GETRANGE", key(), Integer.toString(length(longest)), "-1");
      case 8 -> RawClient.frame("RENAME", key(), key());
      case 9 -> RawClient.frame("COPY", key(), key(), "DB", "" + random.nextInt(2), "REPLACE");
      case 10 -> RawClient.frame("EXPIRE", key(), "1000");
      case 11 -> RawClient.frame("GETEX", key(), "PERSIST");
      case 12 -> RawClient.frame("MOVE", key(), "1");
      case 13 -> RawClient.frame("SCAN", "0", "COUNT", Integer.toString(length(1 << 20)));
      case 14 -> many("MSET", 2);
      case 15 -> many("DEL", 1);
      case 16 -> many("MGET", 1);
      default -> RawClient.frame("KEYS", "*");
    };
  }

  private String key() {
    return "key:" + random.nextInt(KEYS);
  }

  private byte[] withValue(String... words) {
    byte[][] arguments = new byte[words.length + 1][];
    for (int i = 0; i < words.length; i++) {
      arguments[i] = RawClient.ascii(words[i]);
    }
    arguments[words.length] = new byte[length(longest)];
    random.nextBytes(arguments[words.length]);
    return RawClient.frame(arguments);
  }

  /** A command of many keys of its own, which are short, or a few large ones. */
  private byte[] many(String command, int step) {
    int count = length(20_000) + 1;
    byte[][] arguments = new byte[1 + step * count][];
    arguments[0] = RawClient.ascii(command);
    for (int i = 0; i < count; i++) {
      arguments[1 + step * i] =
          RawClient.ascii(count <= 4 ? key() : "many:" + random.nextInt(100_000));
      if (step == 2) {
        arguments[2 + step * i] = new byte[length(Math.min(longest, (1 << 20) / count + 1))];
      }
    }
    return RawClient.frame(arguments);
  }

  /** Any order of magnitude is as likely as another. */
  private int length(long most) {
    int bits = random.nextInt(65 - Long.numberOfLeadingZeros(most));
    return (int) Math.min(most, random.nextLong(1L << bits) + (1L << bits >> 1));
  }
}
