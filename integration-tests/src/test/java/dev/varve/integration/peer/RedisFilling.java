package dev.varve.integration.peer;

import dev.varve.integration.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** Gives a server values of all types in all of Redis's encodings, at random. */
final class RedisFilling {
  private static final long HOUR_MILLIS = 3_600_000;

  private final RawClient client;
  private final SplittableRandom random;
  private int pending;

  RedisFilling(RawClient client, SplittableRandom random) {
    this.client = client;
    this.random = random;
  }

  private void send(String... words) throws IOException {
    client.write(RawClient.frame(words));
    pending++;
    if (pending == 500) {
      flush();
    }
  }

  private void flush() throws IOException {
    client.flush();
    for (; pending > 0; pending--) {
      Object reply = client.read();
      if (reply instanceof RawClient.ErrorReply error) {
        throw new AssertionError(error.text());
      }
    }
  }

  /** Fills some databases, and loads a library of functions. */
  void fill() throws IOException {
    for (int database : new int[] {0, 5, 15}) {
      send("SELECT", "" + database);
      for (int i = 0; i < 4; i++) {
        strings(i);
        for (int size : new int[] {1, 20, 600, 3000}) {
          list("list:" + i + ":" + size, size);
          set("set:" + i + ":" + size, size);
          integers("integers:" + i + ":" + size, size);
          sortedSet("zset:" + i + ":" + size, size);
          hash("hash:" + i + ":" + size, size);
          stream("stream:" + i + ":" + size, size);
        }
      }
    }
    send("SELECT", "0");
    large();
    String code = "#!lua name=lib\nredis.register_function('f', function() return 7 end)";
    send("FUNCTION", "LOAD", code);
    flush();
  }

  /** Beyond what is imported by one command. */
  private void large() throws IOException {
    hash("large:hash", 30_000);
    set("large:set", 40_000);
    list("large:list", 30_000);
    sortedSet("large:zset", 30_000);
    stream("large:stream", 30_000);
    send("SET", "large:string", bytes(3 << 20));
    send("PEXPIRE", "large:hash", "" + HOUR_MILLIS);
  }

  private String bytes(int length) {
    StringBuilder text = new StringBuilder(length);
    boolean repeats = random.nextBoolean();
    char same = (char) random.nextInt(256);
    for (int i = 0; i < length; i++) {
      text.append(repeats ? same : (char) random.nextInt(256));
    }
    return text.toString();
  }

  private String number() {
    return "" + (random.nextLong() >> random.nextInt(64));
  }

  private String word() {
    return switch (random.nextInt(8)) {
      case 0 -> number();
      case 1 -> bytes(random.nextInt(400));
      default -> "word" + random.nextInt();
    };
  }

  private void expire(String key) throws IOException {
    if (random.nextInt(4) == 0) {
      send("PEXPIRE", key, "" + (HOUR_MILLIS + random.nextInt(1_000_000)));
    }
  }

  private void strings(int i) throws IOException {
    String key = "string:" + i + ":" + bytes(random.nextInt(20));
    send("SET", key, random.nextBoolean() ? word() : bytes(random.nextInt(20_000)));
    expire(key);
    send("SET", "number:" + i, number());
    send("SET", "empty:" + i, "");
    send("SETBIT", "bits:" + i, "" + random.nextInt(10_000), "1");
    send("PFADD", "counter:" + i, word(), word());
  }

  private void list(String key, int size) throws IOException {
    for (int i = 0; i < size; i++) {
      send("RPUSH", key, random.nextInt(500) == 0 ? bytes(9000) : word());
    }
    expire(key);
  }

  private void set(String key, int size) throws IOException {
    for (int i = 0; i < size; i++) {
      send("SADD", key, word());
    }
    expire(key);
  }

  private void integers(String key, int size) throws IOException {
    int shift = random.nextInt(60);
    for (int i = 0; i < size; i++) {
      send("SADD", key, "" + (random.nextLong() >> shift));
    }
  }

  private void sortedSet(String key, int size) throws IOException {
    send("ZADD", key, "inf", "greatest", "-inf", "least", "-0", "zero");
    for (int i = 0; i < size; i++) {
      send("ZADD", key, random.nextBoolean() ? "" + random.nextDouble() : number(), word());
    }
    expire(key);
  }

  private void hash(String key, int size) throws IOException {
    for (int i = 0; i < size; i++) {
      send("HSET", key, word(), word());
    }
    expire(key);
  }

  private void stream(String key, int size) throws IOException {
    List<String> ids = new ArrayList<>();
    for (int i = 1; i <= size; i++) {
      String id = i + "-" + random.nextInt(3);
      ids.add(id);
      send("XADD", key, id, "same", word(), random.nextInt(9) == 0 ? word() : "field", word());
    }
    for (String group : List.of("first", "second")) {
      send("XGROUP", "CREATE", key, group, random.nextBoolean() ? "0" : "$");
      send("XGROUP", "CREATECONSUMER", key, group, "idle");
      for (String consumer : List.of("one", "two")) {
        String count = "" + (1 + random.nextInt(40));
        send("XREADGROUP", "GROUP", group, consumer, "COUNT", count, "STREAMS", key, ">");
      }
    }
    if (size > 1) {
      send("XDEL", key, ids.get(size - 1));
    }
    expire(key);
  }
}
