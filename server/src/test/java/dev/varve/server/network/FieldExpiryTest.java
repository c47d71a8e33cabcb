package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.Reply;
import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.writer.EffectConsumers.Stage;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Fields of hashes go when their deadline passes, without anybody asking for them. */
@Timeout(60)
class FieldExpiryTest {
  private static final int FIELDS = 3000;

  @TempDir Path directory;

  /** Remembers what it was told of hashes. */
  private static final class Told implements Effects.Listener {
    private final List<String> events = new ArrayList<>();

    @Override
    public synchronized void happened(
        KeyEvent event, int database, byte[] keys, int offset, int length) {
      String key = new String(keys, offset, length, StandardCharsets.ISO_8859_1);
      if (events.isEmpty() || !events.getLast().equals(event.eventName() + " " + key)) {
        events.add(event.eventName() + " " + key);
      }
    }

    synchronized List<String> told() {
      return List.copyOf(events);
    }
  }

  /** Gives a hash many fields of one deadline. */
  private static void fill(TestClient client, String key, String command, long time)
      throws Exception {
    List<String> put = new ArrayList<>(List.of("HSET", key));
    List<String> expire = new ArrayList<>(List.of(command, key, "" + time, "FIELDS", "" + FIELDS));
    for (int i = 0; i < FIELDS; i++) {
      put.addAll(List.of("f" + i, "v"));
      expire.add("f" + i);
    }
    assertEquals(new Reply.IntegerValue(FIELDS), client.call(put.toArray(String[]::new)));
    client.call(expire.toArray(String[]::new));
  }

  @Test
  void aHashGoesWithItsLastFieldAndAnotherKeepsWhatStays() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      Told told = new Told();
      server.server().listen(told, Stage.WHEN_VISIBLE, EnumSet.of(EventClass.HASH));
      fill(client, "goes", "HPEXPIRE", 300);
      fill(client, "stays", "HPEXPIREAT", System.currentTimeMillis() + 300);
      client.call("HSET", "stays", "last", "v");
      client.call("HSET", "small", "f", "v", "g", "v");
      client.call("HPEXPIRE", "small", "300", "FIELDS", "1", "f");
      client.awaitDbSize(2);
      Reply one = new Reply.IntegerValue(1);
      while (!one.equals(client.call("HLEN", "stays")) || !told.told().contains("hexpired small")) {
        Thread.onSpinWait();
      }
      assertEquals(new Reply.IntegerValue(1), client.call("HLEN", "stays"));
      assertEquals(new Reply.IntegerValue(1), client.call("HLEN", "small"));
    }
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      client.awaitDbSize(2);
      assertEquals(new Reply.BulkString("v"), client.call("HGET", "stays", "last"));
    }
  }

  @Test
  void manyFieldsOfSeveralHashesGoAtOnce() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      long time = System.currentTimeMillis() + 1500;
      for (String key : List.of("a", "b", "c", "d")) {
        fill(client, key, "HPEXPIREAT", time);
      }
      client.awaitDbSize(0);
    }
  }

  @Test
  void coldFieldsGo() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient client = server.connect()) {
      fill(client, "cold", "HPEXPIRE", 500);
      server.engine().makeCold();
      client.awaitDbSize(0);
    }
  }
}
