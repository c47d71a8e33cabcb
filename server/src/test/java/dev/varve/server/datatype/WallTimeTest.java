package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.WriteBatch;
import java.time.Instant;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/** The time that dates pass by, for views of any age and over restarts. */
class WallTimeTest {
  private static final long HOUR = 3_600_000;

  private final FakeEngine engine = new FakeEngine(1, 0);
  private long wall = 1_700_000_000_000L;
  private long elapsed = wall;
  private final InstantSource clock = () -> Instant.ofEpochMilli(wall);
  private final WallTime time = open();

  private WallTime open() {
    return WallTime.load(engine.view(), clock, () -> elapsed);
  }

  private void pass(long millis) {
    wall += millis;
    elapsed += millis;
  }

  private long store(WallTime into, long millis) {
    Databases databases = Databases.load(engine.view(), 1, () -> 0);
    Keyspace keyspace = new Keyspace(databases, into);
    WriteBatch batch = new WriteBatch();
    keyspace.bindWrite(engine.latest(), Misses.NONE, batch, 0, elapsed);
    keyspace.transaction().storeWallTime(millis);
    engine.append(batch);
    keyspace.committed(engine.appendedSequence());
    engine.publish(engine.appendedSequence());
    return engine.appendedSequence();
  }

  @Test
  void standsStillBehindAStepBackUntilItIsRebased() {
    pass(5);
    assertEquals(wall, time.latest());
    long highest = wall;
    wall -= HOUR;
    assertEquals(highest, time.latest());
    assertTrue(time.isHeld());
    assertFalse(time.isStored());
    store(time, time.latest());
    assertTrue(time.isStored());
    long sequence = store(time, wall);
    time.rebased(sequence);
    assertEquals(wall, time.latest());
    assertEquals(wall, time.at(sequence));
    assertEquals(highest, time.at(sequence - 1));
    pass(10);
    assertEquals(wall, time.at(sequence));
    assertEquals(highest, time.at(sequence - 1));
  }

  @Test
  void aViewGoesByItsEraHoweverManyCameAfter() {
    wall += HOUR;
    assertEquals(wall, time.at(0));
    long seen = wall;
    wall -= HOUR;
    for (int i = 0; i < 10; i++) {
      time.rebased(store(time, wall));
      assertEquals(seen, time.at(0));
      assertEquals(wall, time.latest());
      wall -= HOUR;
    }
  }

  @Test
  void beginsWithWhatWasStoredWhereTheWallClockIsBehindIt() {
    store(time, wall + HOUR);
    WallTime reopened = open();
    assertEquals(wall + HOUR, reopened.latest());
    assertTrue(reopened.isHeld());
    assertTrue(reopened.isStored());
    wall += 2 * HOUR;
    assertEquals(wall, open().latest());
  }

  @Test
  void theOffsetChangesWithStepsAndNotWithJitter() {
    assertEquals(0, time.offset());
    wall += 3;
    assertEquals(0, time.offset());
    wall -= HOUR;
    assertEquals(3 - HOUR, time.offset());
    pass(100);
    elapsed += 5;
    assertEquals(3 - HOUR, time.offset());
  }
}
