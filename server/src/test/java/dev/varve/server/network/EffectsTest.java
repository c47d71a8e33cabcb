package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.writer.EffectConsumers.Stage;
import dev.varve.storage.StorageException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What commands do to keys is told once, whatever it took to execute them. */
@Timeout(60)
class EffectsTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");

  /** New keys and missed ones are told apart from the rest: {@code KeyspaceEventsIT} has them. */
  private static final Set<EventClass> LISTENED =
      EnumSet.complementOf(EnumSet.of(EventClass.NEW, EventClass.KEY_MISS));

  @TempDir Path directory;

  /** Remembers what it was told: event, database, key. */
  private static final class Told implements Effects.Listener {
    private final List<String> events = new ArrayList<>();

    @Override
    public synchronized void happened(
        KeyEvent event, int database, byte[] keys, int offset, int length) {
      String key = new String(keys, offset, length, StandardCharsets.ISO_8859_1);
      events.add((event.eventName() + " " + database + " " + key).strip());
    }

    synchronized List<String> take() {
      List<String> taken = List.copyOf(events);
      events.clear();
      return taken;
    }

    /** Waits for so many. */
    List<String> await(int count) {
      List<String> all = new ArrayList<>();
      while (all.size() < count) {
        all.addAll(take());
        Thread.onSpinWait();
      }
      return all;
    }
  }

  private final Told atOnce = new Told();
  private final Told whenVisible = new Told();

  private ServerFixture start(String ioThreads, String... directives) throws Exception {
    List<String> all = new ArrayList<>(List.of("--io-threads", ioThreads));
    all.addAll(List.of(directives));
    ServerFixture server = new ServerFixture(directory, all.toArray(String[]::new));
    server.server().listen(atOnce, Stage.AT_ONCE, LISTENED);
    server.server().listen(whenVisible, Stage.WHEN_VISIBLE, LISTENED);
    return server;
  }

  /** Both consumers were told this since they were asked last, in this order. */
  private void assertTold(String... events) {
    assertEquals(List.of(events), atOnce.await(events.length));
    assertEquals(List.of(events), whenVisible.await(events.length));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void eachCommandTellsWhatRedisDoes(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect()) {
      String[][] script = {
        {"SET a 1", "set 0 a"},
        {"SET a 1 EX 100", "set 0 a", "expire 0 a"},
        {"SET a 2 NX"},
        {"SET a 2 XX KEEPTTL", "set 0 a"},
        {"SETNX b 1", "set 0 b"},
        {"SETNX b 1"},
        {"SETEX b 100 1", "set 0 b", "expire 0 b"},
        {"GETSET b 2", "set 0 b"},
        {"MSET a 1 b 2", "set 0 a", "set 0 b"},
        {"MSETNX a 1 c 2"},
        {"MSETNX c 1 d 2", "set 0 c", "set 0 d"},
        {"APPEND a x", "append 0 a"},
        {"SETRANGE a 1 y", "setrange 0 a"},
        {"SETBIT bits 9 1", "setbit 0 bits"},
        {"SETBIT bits 9 1"},
        {"BITFIELD bits SET u8 #0 1 INCRBY u8 #0 1", "setbit 0 bits"},
        {"BITFIELD bits SET u8 #0 2 GET u8 #1"},
        {"BITFIELD bits OVERFLOW FAIL SET u8 #9 256", "untold 0 bits"},
        {"BITOP NOT bits bits", "set 0 bits"},
        {"BITOP AND bits nothing", "del 0 bits"},
        {"INCR c", "incrby 0 c"},
        {"DECRBY c 5", "incrby 0 c"},
        {"INCRBYFLOAT c 0.5", "incrbyfloat 0 c"},
        {"INCR a"},
        {"GETDEL d", "del 0 d"},
        {"GETEX c EX 100", "expire 0 c"},
        {"GETEX c PERSIST", "persist 0 c"},
        {"GETEX c PERSIST"},
        {"GETEX c EXAT 1", "del 0 c"},
        {"EXPIRE a 100", "expire 0 a"},
        {"PERSIST a", "persist 0 a"},
        {"EXPIRE a -1", "del 0 a"},
        {"RENAME b e", "rename_from 0 b", "rename_to 0 e"},
        {"COPY e f", "copy_to 0 f"},
        {"COPY e g DB 2", "copy_to 2 g"},
        {"MOVE f 3", "move_from 0 f", "move_to 3 f"},
        {"DEL e nothing", "del 0 e"},
        {"SWAPDB 0 2", "swapdb 0", "swapdb 2"},
        {"UNLINK g", "del 0 g"},
        {"FLUSHDB", "flushdb 0"},
      };
      for (String[] step : script) {
        client.call(step[0].split(" "));
        String[] events = new String[step.length - 1];
        System.arraycopy(step, 1, events, 0, events.length);
        assertTold(events);
      }
    }
    assertEquals(List.of(), atOnce.take());
    assertEquals(List.of(), whenVisible.take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void rehearsalsAndATransactionsRollBacksTellNothing(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("MSET", "a", "1", "b", "x", "c", "3"));
      assertTold("set 0 a", "set 0 b", "set 0 c");
      server.engine().makeCold();
      assertEquals(new Reply.IntegerValue(2), client.call("INCR", "a"));
      assertTold("incrby 0 a");
      assertTrue(client.info("rehearsals") > 0);
      server.engine().makeCold();
      assertEquals(OK, client.call("MULTI"));
      for (String line : List.of("INCR c", "INCR b", "SELECT 1", "SET d 1", "SELECT 0", "DEL a")) {
        assertEquals(QUEUED, client.call(line.split(" ")));
      }
      client.call("EXEC");
      assertTold("incrby 0 c", "set 1 d", "del 0 a");
    }
    assertEquals(List.of(), atOnce.take());
    assertEquals(List.of(), whenVisible.take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void theWritersRoleAndAFullEngineTellOnce(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, client.call("SET", "a", "1"));
      assertTold("set 0 a");
      server.engine().full(true);
      assertEquals(OK, client.call("MULTI"));
      for (String line : List.of("INCR a", "KEYS *", "DEL a")) {
        assertEquals(QUEUED, client.call(line.split(" ")));
      }
      client.send("EXEC");
      while (other.info("writer_roles_lent") == 0 || other.info("parked_writes") == 0) {
        Thread.onSpinWait();
      }
      assertEquals(List.of(), atOnce.take());
      server.engine().full(false);
      client.read();
      assertTold("incrby 0 a", "del 0 a");
    }
    assertEquals(List.of(), atOnce.take());
    assertEquals(List.of(), whenVisible.take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aKeyExpiresOnce(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads);
        TestClient client = server.connect()) {
      assertEquals(OK, client.call("SELECT", "2"));
      assertEquals(OK, client.call("SET", "a", "1", "PX", "1"));
      assertTold("set 2 a", "expire 2 a", "expired 2 a");
      client.awaitDbSize(0);
    }
    assertEquals(List.of(), atOnce.take());
    assertEquals(List.of(), whenVisible.take());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void nobodyIsToldOfWhatACrashCanTakeBack(String ioThreads) throws Exception {
    try (ServerFixture server = start(ioThreads, "--appendfsync", "always");
        TestClient client = server.connect()) {
      server.engine().holdSyncs();
      client.send("SET", "a", "1");
      assertEquals(List.of("set 0 a"), atOnce.await(1));
      server.engine().awaitHeldSync();
      assertEquals(List.of(), whenVisible.take());
      server.engine().letOneSyncGo();
      assertEquals(OK, client.read());
      assertEquals(List.of("set 0 a"), whenVisible.await(1));
      server.engine().failSyncs(new StorageException.Poisoned("the disk is gone", null));
      server.engine().letSyncsGo();
      assertTrue(client.call("SET", "b", "1") instanceof Reply.SimpleError);
      assertEquals(List.of("set 0 b"), atOnce.await(1));
    }
    assertEquals(List.of(), whenVisible.take());
  }
}
