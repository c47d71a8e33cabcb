package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.rdb.Crc64;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Replies;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams on their way from Redis 7.0.15 to ours and back, and as others write them. */
final class StreamDumpComparisonTest {
  private static final int STREAMS = 100;
  private static final int DAMAGED = 1200;
  private static final int SEALED_BYTES = Long.BYTES + Short.BYTES;

  /** Nodes of Redis's tree are not ours. */
  private static final Pattern TREE = Pattern.compile("(radix-tree-nodes\r\n):\\d+");

  /** How many nodes there are: Redis keeps some that have no entries, which don't exist here. */
  private static final Pattern NODES = Pattern.compile("(radix-tree-keys\r\n):\\d+");

  @TempDir Path directory;

  private ComparisonRun run;
  private Random random;

  /** The last id that was given out. */
  private int last;

  private ComparisonRun begin(long seed, StorageEngine engine) throws IOException {
    random = new Random(seed);
    run =
        ComparisonRun.begin(
            directory, engine, seed, ProtocolVersion.RESP2, "--enable-debug-command", "yes");
    return run;
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.3, 0.9})
  void streamsGoThereAndBack(double needsRead) throws IOException {
    long seed = Seed.of("streamsGoThereAndBack " + needsRead);
    try (ComparisonRun _ = begin(seed, new FakeEngine(seed, needsRead))) {
      thereAndBack();
    }
  }

  @Test
  void streamsOverTablesGoThereAndBack() throws IOException {
    long seed = Seed.of("streamsOverTablesGoThereAndBack");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler);
        ComparisonRun _ = begin(seed, engine)) {
      thereAndBack();
    }
  }

  private void thereAndBack() throws IOException {
    run.same("CONFIG", "SET", "stream-node-max-bytes", "0");
    for (int i = 0; i < STREAMS; i++) {
      run.same("CONFIG", "SET", "stream-node-max-entries", "" + (1 + random.nextInt(100)));
      run.ofRedis("DEL", "key", "back");
      make();
      String dumped = bulk(run.ofRedis("DUMP", "key"));
      assertEquals("+OK\r\n", run.ofOurs("RESTORE", "key", "0", dumped, "REPLACE"));
      String all = run.ofRedis("XINFO", "STREAM", "key", "FULL", "COUNT", "0");
      assertEquals(
          withoutNodes(all),
          withoutNodes(run.ofOurs("XINFO", "STREAM", "key", "FULL", "COUNT", "0")));
      run.same("OBJECT", "ENCODING", "key");
      String ours = bulk(run.ofOurs("DUMP", "key"));
      assertEquals("+OK\r\n", run.ofRedis("RESTORE", "back", "0", ours));
      assertEquals(
          withoutNodes(all),
          withoutNodes(run.ofRedis("XINFO", "STREAM", "back", "FULL", "COUNT", "0")));
      assertEquals(
          run.ofRedis("DEBUG", "DIGEST-VALUE", "key"),
          run.ofRedis("DEBUG", "DIGEST-VALUE", "back"));
      goOn();
    }
  }

  private static String withoutTree(String reply) {
    return TREE.matcher(reply).replaceAll("$1:_");
  }

  private static String withoutNodes(String reply) {
    return NODES.matcher(withoutTree(reply)).replaceAll("$1:_");
  }

  /** What is restored must go on as what was dumped. */
  private void goOn() throws IOException {
    for (int i = 0; i < 20; i++) {
      switch (random.nextInt(8)) {
        case 0, 1 -> run.same("XADD", "key", id(), "f", "" + i);
        case 2 -> run.same("XDEL", "key", "1-" + random.nextInt(last + 1));
        case 3 -> run.same("XTRIM", "key", "MAXLEN", "~", "" + random.nextInt(last + 1));
        case 4 -> run.same("XTRIM", "key", "MINID", "1-" + random.nextInt(last + 1));
        case 5 -> run.same("XACK", "key", group(), "1-" + random.nextInt(last + 1));
        case 6 -> run.same("XPENDING", "key", group());
        default -> run.same("XRANGE", "key", "-", "+", "COUNT", "3");
      }
    }
    run.same("XLEN", "key");
    run.same("XINFO", "GROUPS", "key");
  }

  /** Gives Redis's key a stream at random. */
  private void make() throws IOException {
    last = 0;
    int entries = random.nextInt(random.nextInt(4) == 0 ? 700 : 60);
    if (random.nextInt(4) > 0) {
      run.ofRedis("XGROUP", "CREATE", "key", "g0", "0", "MKSTREAM");
    }
    for (int i = 0; i < entries; i++) {
      add();
      if (random.nextInt(6) == 0) {
        change();
      }
    }
    add();
    for (int i = random.nextInt(4); i > 0; i--) {
      change();
    }
    if (random.nextInt(10) == 0) {
      run.ofRedis("XTRIM", "key", "MAXLEN", "0");
    }
  }

  private void add() throws IOException {
    List<String> command = new ArrayList<>(List.of("XADD", "key", id()));
    int fields = 1 + random.nextInt(3);
    boolean own = random.nextInt(5) == 0;
    for (int i = 0; i < fields; i++) {
      command.add(own ? text() : "field" + i);
      command.add(text());
    }
    run.ofRedis(command.toArray(String[]::new));
  }

  /** An id after all others, of which the last part is known. */
  private String id() {
    last += 1 + random.nextInt(3);
    return "1-" + last;
  }

  private String text() {
    return switch (random.nextInt(6)) {
      case 0 -> "" + random.nextInt(300);
      case 1 -> "" + random.nextLong();
      case 2 -> "-" + random.nextInt(70_000);
      case 3 -> "x".repeat(random.nextInt(random.nextInt(50) == 0 ? 9000 : 90));
      default -> "" + (char) random.nextInt(256) + (char) random.nextInt(256);
    };
  }

  private String group() {
    return "g" + random.nextInt(3);
  }

  private void change() throws IOException {
    String some = "1-" + random.nextInt(last + 1);
    String consumer = "c" + random.nextInt(4);
    switch (random.nextInt(10)) {
      case 0 -> run.ofRedis("XDEL", "key", some);
      case 1 -> run.ofRedis("XGROUP", "CREATE", "key", group(), random.nextBoolean() ? "$" : some);
      case 2, 3, 4 ->
          run.ofRedis(
              "XREADGROUP", "GROUP", group(), consumer, "COUNT", "7", "STREAMS", "key", ">");
      case 5 -> run.ofRedis("XACK", "key", group(), some);
      case 6 -> run.ofRedis("XCLAIM", "key", group(), consumer, "0", some, "FORCE");
      case 7 -> run.ofRedis("XGROUP", "CREATECONSUMER", "key", group(), consumer);
      case 8 -> run.ofRedis("XTRIM", "key", "MINID", "1-" + random.nextInt(last + 1) / 2);
      default -> run.ofRedis("XGROUP", "SETID", "key", group(), some);
    }
  }

  private static String bulk(String reply) {
    assertTrue(reply.startsWith("$") && !reply.startsWith("$-1"), reply);
    return Replies.strings(reply).getFirst();
  }

  private static String sealed(String value) {
    String all = value + "\u000b\0";
    byte[] bytes = all.getBytes(StandardCharsets.ISO_8859_1);
    long sum = Crc64.of(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
    return all + new OldForms().littleEndian(sum, Long.BYTES).bytes();
  }

  /** What Redis 5.0 has written, and what 7.2 writes. */
  @Test
  void otherFormsAreRead() throws IOException {
    try (ComparisonRun both = begin(1, new FakeEngine(1, 0.3))) {
      String node =
          OldForms.listpack(
              List.of(
                  "2", "1", "2", "a", "b", "0", "2", "0", "0", "1", "2", "5", "3", "0", "1", "x",
                  "y", "5", "0", "4", "2", "1", "c", "v", "6"));
      String id = "\0".repeat(7) + "\5" + "\0".repeat(7) + "\0";
      String entries = new OldForms().length(1).string(id).string(node).length(2).bytes();
      String old =
          OldForms.of(15)
              .raw(entries)
              .raw("\11\2\1")
              .raw("\1g\5\0")
              .raw("\1" + id)
              .littleEndian(1000, 8)
              .raw("\3\1\1c")
              .littleEndian(2000, 8)
              .raw("\1" + id)
              .bytes();
      String payload = old + "\12\0";
      byte[] bytes = payload.getBytes(StandardCharsets.ISO_8859_1);
      long sum = Crc64.of(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
      payload += new OldForms().littleEndian(sum, Long.BYTES).bytes();
      assertEquals("+OK\r\n", both.same("RESTORE", "key", "0", payload));
      String expected = both.ofRedis("XINFO", "STREAM", "key", "FULL");
      assertEquals(
          withoutTree(expected), withoutTree(both.ofOurs("XINFO", "STREAM", "key", "FULL")));
      String recent =
          OldForms.of(21)
              .raw(entries)
              .raw("\11\2\5\0\5\1\3")
              .raw("\1\1g\5\0\1")
              .raw("\1" + id)
              .littleEndian(1000, 8)
              .raw("\3\1\1c")
              .littleEndian(2000, 8)
              .littleEndian(1500, 8)
              .raw("\1" + id)
              .bytes();
      assertEquals("+OK\r\n", both.ofOurs("RESTORE", "new", "0", sealed(recent)));
      String told = both.ofOurs("XINFO", "STREAM", "new", "FULL");
      assertTrue(told.contains("max-deleted-entry-id\r\n$3\r\n5-1\r\n"), told);
      assertTrue(told.contains("entries-added\r\n:3\r\n"), told);
      assertTrue(told.contains("seen-time\r\n:2000\r\n"), told);
    }
  }

  /** A payload that is damaged, but has the right checksum, is refused as a whole, or read. */
  @Test
  void damagedStreamsChangeNothing() throws IOException {
    long seed = Seed.of("damagedStreamsChangeNothing");
    try (ComparisonRun both = begin(seed, new FakeEngine(seed, 0.1))) {
      int refused = 0;
      String value = "";
      for (int i = 0; i < DAMAGED; i++) {
        if (i % 20 == 0) {
          run.ofRedis("DEL", "key");
          make();
          value = bulk(run.ofRedis("DUMP", "key"));
          value = value.substring(0, value.length() - SEALED_BYTES);
        }
        StringBuilder damaged = new StringBuilder(value);
        for (int j = 1 + random.nextInt(3); j > 0; j--) {
          int at =
              random.nextBoolean()
                  ? 1 + random.nextInt(Math.min(60, value.length() - 1))
                  : 1 + random.nextInt(value.length() - 1);
          damaged.setCharAt(at, (char) random.nextInt(256));
        }
        if (random.nextInt(3) == 0) {
          damaged.setLength(random.nextInt(value.length()) + 1);
        }
        both.ofOurs("SET", "key", "before");
        String payload = sealed(damaged.toString());
        String reply = both.ofOurs("RESTORE", "key", "0", payload, "REPLACE");
        if (!reply.equals("+OK\r\n")) {
          refused++;
          assertTrue(reply.equals("-ERR Bad data format\r\n") || reply.startsWith("-OOM"), reply);
          assertEquals("$6\r\nbefore\r\n", both.ofOurs("GET", "key"));
        } else {
          use();
        }
      }
      assertTrue(refused > DAMAGED / 10, "only " + refused + " were refused");
    }
  }

  /** What was read is a stream that all commands get on with, and is the same when read again. */
  private void use() {
    String before = run.ofOurs("XINFO", "STREAM", "key", "FULL", "COUNT", "0");
    String again = bulk(run.ofOurs("DUMP", "key"));
    assertEquals("+OK\r\n", run.ofOurs("RESTORE", "again", "0", again, "REPLACE"));
    assertEquals(
        withoutNodes(before),
        withoutNodes(run.ofOurs("XINFO", "STREAM", "again", "FULL", "COUNT", "0")));
    for (String id : Replies.strings(run.ofOurs("XRANGE", "key", "-", "+", "COUNT", "5"))) {
      if (id.matches("\\d+-\\d+")) {
        run.ofOurs("XDEL", "key", id);
      }
    }
    run.ofOurs("XTRIM", "key", "MAXLEN", "~", "20");
    run.ofOurs("XTRIM", "key", "MAXLEN", "3");
    run.ofOurs("XADD", "key", "*", "f", "v");
    run.ofOurs("XGROUP", "DELCONSUMER", "key", "g0", "c0");
    run.ofOurs("XAUTOCLAIM", "key", "g0", "c1", "0", "0");
    run.ofOurs("XTRIM", "key", "MAXLEN", "0");
  }
}
