package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** Which lookups count as hits and misses. */
class LookupCountsTest {
  private static final long NOW = 1;

  @Test
  void aCommandThatIsGivenUpByTheLentRoleTakesBackItsOwnLookupsOnly() {
    try (FakeEngine engine = new FakeEngine(1, 0);
        ReadView view = engine.view()) {
      Keyspace keyspace =
          new Keyspace(
              Databases.load(view, 16, () -> 0),
              WallTime.load(view, InstantSource.system(), () -> NOW));
      WriteBatch batch = new WriteBatch();
      keyspace.bindWrite(engine.latest(), Misses.NONE, batch, 0, NOW);
      lookUp(keyspace, "a");
      keyspace.put(KeyLayout.NO_DEADLINE, new byte[1], 0, 1);
      lookUp(keyspace, "a");
      keyspace.unbind();
      assertCounted(keyspace, 1, 1);

      batch.clear();
      keyspace.bindLent(view, batch, 0, NOW);
      lookUp(keyspace, "b");
      keyspace.put(KeyLayout.NO_DEADLINE, new byte[1], 0, 1);
      lookUp(keyspace, "b");
      assertCounted(keyspace, 2, 2);
      keyspace.givenUp();
      keyspace.unbind();
      assertCounted(keyspace, 1, 1);
    }
  }

  private static void lookUp(Keyspace keyspace, String name) {
    ByteBuf key = Unpooled.copiedBuffer(name, StandardCharsets.US_ASCII);
    keyspace.select(key, 0, key.readableBytes());
    keyspace.findCounted();
  }

  private static void assertCounted(Keyspace keyspace, long hits, long misses) {
    assertEquals(hits, keyspace.hits(), "hits");
    assertEquals(misses, keyspace.misses(), "misses");
  }
}
