package dev.varve.server.datatype.check;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.engine.LsmEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done to elements behind the server's back is told by its kind, and mended. */
final class CollectionCheckTest {
  @TempDir Path directory;

  private final ThreadScheduler scheduler = new ThreadScheduler();
  private LsmEngine engine;
  private CommandHarness server;
  private Session session;

  @BeforeEach
  void open() {
    engine = (LsmEngine) SmallEngine.open(directory.resolve("varve"), scheduler);
    begin();
  }

  private void begin() {
    server = new CommandHarness(engine, 1);
    server.limits().packed(0, 0);
    server.limits().ranks(8, 4, 4);
    server.limits().chunks(45, 16);
    session = server.connect();
  }

  @AfterEach
  void close() {
    engine.close();
    scheduler.close();
  }

  private String call(String... words) {
    return server.execute(session, words);
  }

  private List<Fault> check(Changes changes) {
    List<Fault> found = new ArrayList<>();
    try (ReadView view = engine.view()) {
      new CollectionCheck(
              view,
              engine.abandoned(),
              engine.countIsExact(),
              (fault, databaseId, key, detail) -> found.add(fault),
              changes)
          .run();
    }
    return found;
  }

  /** All that is told, once and no more after it was mended. */
  private List<Fault> mend() {
    WriteBatch batch = new WriteBatch();
    List<Fault> found =
        check(
            new Changes() {
              @Override
              public void put(byte[] key, byte[] value) {
                batch.put(key, value);
              }

              @Override
              public void delete(byte[] key) {
                batch.delete(key);
              }

              @Override
              public void abandon(byte[] begin, byte[] end) {
                batch.abandon(begin, end);
              }

              @Override
              public void count(long group, long delta) {
                batch.count(group, delta);
              }
            });
    write(batch);
    assertEquals(List.of(), check(Changes.NONE), "what was mended is whole");
    begin();
    return found.stream().distinct().sorted().toList();
  }

  private void write(WriteBatch batch) {
    if (!batch.isEmpty()) {
      engine.freeze();
      engine.flush();
      engine.commit(batch, SyncPolicy.ALWAYS);
    }
  }

  @Test
  void chunksOfAStringAreCounted() {
    call("SETRANGE", "key", "100", "a".repeat(40));
    call("SETBIT", "key", "400", "1");
    call("SETBIT", "key", "8", "1");
    String all = call("GET", "key");
    assertEquals(List.of(), check(Changes.NONE));
    List<byte[]> elements = part(1);
    WriteBatch batch = new WriteBatch();
    byte[] behind = elements.getLast().clone();
    behind[Subject.OWN + 2] = 1;
    batch.put(behind, new byte[16]);
    batch.put(Arrays.copyOf(behind, behind.length - 1), new byte[16]);
    write(batch);
    assertEquals(List.of(Fault.STRAY), mend());
    assertEquals(all, call("GET", "key"));
    batch = new WriteBatch();
    batch.delete(elements.getFirst());
    write(batch);
    assertEquals(List.of(Fault.COUNT), mend());
    assertEquals(":140\r\n", call("STRLEN", "key"));
    assertEquals(":0\r\n", call("GETBIT", "key", "8"));
  }

  @Test
  void aChunkIsNotLongerThanItMayBe() {
    call("SETRANGE", "key", "0", "a".repeat(50));
    call("SETRANGE", "key", "60", "b".repeat(40));
    List<byte[]> elements = part(1);
    WriteBatch batch = new WriteBatch();
    byte[] last = elements.getLast();
    last[Subject.OWN + 4] = 1;
    batch.put(last, new byte[17]);
    write(batch);
    assertEquals(List.of(Fault.COUNT), mend());
    assertEquals(":100\r\n", call("STRLEN", "key"));
    batch = new WriteBatch();
    last[Subject.OWN + 4] = 0;
    // Two bytes at the end of what is there, and one after them.
    batch.put(last, new byte[] {0, 3, 2, 'x', 'y'});
    write(batch);
    assertEquals(List.of(Fault.COUNT, Fault.STRAY), mend());
    assertEquals(":100\r\n", call("STRLEN", "key"));
  }

  /** The elements of a part, of the one collection that there is. */
  private List<byte[]> part(int part) {
    List<byte[]> keys = new ArrayList<>();
    try (ReadView view = engine.view();
        Cursor cursor =
            view.cursor(new byte[] {KeyLayout.ELEMENTS}, new byte[] {KeyLayout.ELEMENTS + 1})) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        if (cursor.key()[Subject.PART] == part) {
          keys.add(Arrays.copyOf(cursor.key(), cursor.keyLength()));
        }
      }
    }
    return keys;
  }

  private void remove(byte[] key) {
    WriteBatch batch = new WriteBatch();
    batch.delete(key);
    write(batch);
  }

  private void put(byte[] key, String value) {
    WriteBatch batch = new WriteBatch();
    batch.put(key, value.getBytes(StandardCharsets.ISO_8859_1));
    write(batch);
  }

  private void fill(String command, String key, int elements) {
    for (int i = 0; i < elements; i++) {
      switch (command) {
        case "HSET", "ZADD" -> call(command, key, "" + i, "" + i);
        case "XADD" -> call(command, key, "" + (i + 1), "f", "v");
        default -> call(command, key, "e" + i);
      }
    }
  }

  @Test
  void allThatIsWholeIsFoundSo() {
    fill("HSET", "h", 100);
    call("HPEXPIRE", "h", "100000", "FIELDS", "2", "1", "2");
    fill("SADD", "s", 100);
    fill("RPUSH", "l", 300);
    call("LINSERT", "l", "BEFORE", "e100", "x");
    fill("ZADD", "z", 200);
    for (int i = 0; i < 50; i++) {
      call("ZRANK", "z", "100");
    }
    fill("XADD", "x", 250);
    call("XGROUP", "CREATE", "x", "g", "0");
    call("XREADGROUP", "GROUP", "g", "c", "COUNT", "20", "STREAMS", "x", ">");
    call("XACK", "x", "g", "1-0", "5-0");
    call("SET", "k", "v", "PX", "100000");
    assertEquals(List.of(), check(Changes.NONE));
  }

  @Test
  void aSetThatHasLostAMember() {
    fill("SADD", "s", 50);
    remove(part(1).get(7));
    assertEquals(List.of(Fault.COUNT), mend());
    assertEquals(":49\r\n", call("SCARD", "s"));
  }

  @Test
  void aSetThatHasLostAllMembersIsNoMore() {
    fill("SADD", "s", 20);
    part(1).forEach(this::remove);
    assertEquals(List.of(Fault.COUNT), mend());
    assertEquals(":0\r\n", call("EXISTS", "s"));
    assertEquals(":0\r\n", call("DBSIZE"));
  }

  @Test
  void aHashWhoseFieldAndIndexDiffer() {
    fill("HSET", "h", 50);
    call("HPEXPIRE", "h", "100000", "FIELDS", "3", "1", "2", "3");
    remove(part(4).getFirst());
    assertEquals(List.of(Fault.MISSING), mend());
    byte[] indexed = part(4).getFirst();
    byte[] field = Arrays.copyOfRange(indexed, indexed.length - 1, indexed.length);
    for (byte[] each : part(1)) {
      if (Arrays.equals(field, Arrays.copyOfRange(each, Subject.MEMBER, each.length))) {
        remove(each);
      }
    }
    assertEquals(List.of(Fault.COUNT, Fault.STRAY), mend());
    assertEquals(":49\r\n", call("HLEN", "h"));
  }

  @Test
  void aSortedSetWhoseOrderDiffers() {
    fill("ZADD", "z", 60);
    for (int i = 0; i < 50; i++) {
      call("ZRANK", "z", "30");
    }
    remove(part(2).get(5));
    remove(part(1).get(9));
    List<Fault> found = mend();
    assertTrue(found.containsAll(List.of(Fault.COUNT, Fault.MISSING, Fault.STRAY)), "" + found);
    assertEquals(":59\r\n", call("ZCARD", "z"));
    assertEquals(60, call("ZRANGE", "z", "0", "-1").split("\\$", -1).length);
  }

  @Test
  void ranksThatAreWrong() {
    fill("ZADD", "z", 60);
    for (int i = 0; i < 50; i++) {
      call("ZRANK", "z", "30");
    }
    byte[] node = part(3).getFirst();
    try (ReadView view = engine.view()) {
      byte[] counts = view.get(node);
      counts[1]++;
      put(node, new String(counts, StandardCharsets.ISO_8859_1));
    }
    assertEquals(List.of(Fault.RANKS), mend());
    assertEquals(":30\r\n", call("ZRANK", "z", "30"));
  }

  @Test
  void aListThatHasLostElementsInItsMidst() {
    fill("RPUSH", "l", 300);
    call("LINSERT", "l", "BEFORE", "e150", "x");
    remove(part(1).get(3));
    remove(part(2).getFirst());
    assertEquals(List.of(Fault.COUNT, Fault.MISSING), mend());
    int left = Integer.parseInt(call("LLEN", "l").strip().substring(1));
    assertTrue(left > 100 && left < 300, "" + left);
    assertEquals(left + 1, call("LRANGE", "l", "0", "-1").split("\\$", -1).length);
    call("LPUSH", "l", "a");
    call("LREM", "l", "1", "e10");
    assertEquals(":" + left + "\r\n", call("LLEN", "l"));
    assertEquals(List.of(), check(Changes.NONE));
  }

  @Test
  void aStreamThatHasLostEntriesAndWhatIsPending() {
    fill("XADD", "x", 250);
    call("XGROUP", "CREATE", "x", "g", "0");
    call("XREADGROUP", "GROUP", "g", "c", "COUNT", "20", "STREAMS", "x", ">");
    remove(part(1).getFirst());
    remove(part(2).getFirst());
    List<byte[]> ofGroup = part(6);
    // The name, the consumer, what is pending, and the same by consumers.
    remove(ofGroup.getFirst());
    remove(ofGroup.get(2));
    remove(ofGroup.getLast());
    List<Fault> found = mend();
    assertTrue(
        found.containsAll(List.of(Fault.COUNT, Fault.MISSING, Fault.STRAY, Fault.ENDS)),
        "" + found);
    assertEquals(":249\r\n", call("XLEN", "x"));
    assertTrue(call("XPENDING", "x", "g").startsWith("*4\r\n:19\r\n"), call("XPENDING", "x", "g"));
    call("XADD", "x", "*", "f", "v");
    call("XTRIM", "x", "MAXLEN", "10");
    assertEquals(":10\r\n", call("XLEN", "x"));
    assertEquals(List.of(), check(Changes.NONE));
  }

  @Test
  void elementsWithoutAHeadAreGivenUp() {
    fill("SADD", "s", 50);
    WriteBatch batch = new WriteBatch();
    batch.delete(KeyLayout.keyOf(0, new byte[] {'s'}));
    batch.count(KeyLayout.groupOfKeys(0), -1);
    write(batch);
    assertEquals(List.of(Fault.ORPHAN), mend());
    for (int i = 0; i < 2; i++) {
      engine.freeze();
      engine.flush();
      engine.compact();
    }
    assertEquals(List.of(), part(1));
  }

  @Test
  void aDeadlineThatIsInNoIndex() {
    call("SET", "k", "v", "PX", "100000");
    fill("SADD", "s", 20);
    call("PEXPIRE", "s", "200000");
    List<byte[]> entries = new ArrayList<>();
    try (ReadView view = engine.view();
        Cursor cursor = view.cursor(new byte[] {0x40}, new byte[] {0x50})) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        entries.add(Arrays.copyOf(cursor.key(), cursor.keyLength()));
      }
    }
    assertEquals(2, entries.size());
    entries.forEach(this::remove);
    assertEquals(List.of(Fault.DEADLINE), mend());
    server.advance(300_000);
    assertEquals(":0\r\n", call("DBSIZE"));
  }

  @Test
  void aHeadWithAWrongCountOrThatCannotBeRead() {
    fill("RPUSH", "l", 30);
    byte[] key = KeyLayout.keyOf(0, new byte[] {'l'});
    byte[] head;
    try (ReadView view = engine.view()) {
      head = view.get(key);
    }
    int count = 1 + KeyLayout.HEAD_BYTES;
    head[count] = (byte) (head[count] + 3);
    put(key, new String(head, StandardCharsets.ISO_8859_1));
    assertEquals(List.of(Fault.COUNT), mend());
    assertEquals(":30\r\n", call("LLEN", "l"));
  }
}
