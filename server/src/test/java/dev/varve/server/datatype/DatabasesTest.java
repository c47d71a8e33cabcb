package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.FakeEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Which database index stands for which keys, for views of any age. */
class DatabasesTest {
  private final FakeEngine engine = new FakeEngine(1, 0);
  private long visible;
  private final Databases databases = Databases.load(engine.view(), 300, () -> visible);
  private final Keyspace keyspace =
      new Keyspace(databases, WallTime.load(engine.view(), InstantSource.system(), () -> 1));
  private final WriteBatch batch = new WriteBatch();

  private void bind(int database) {
    batch.clear();
    keyspace.bindWrite(engine.latest(), Misses.NONE, batch, database, 1);
  }

  private void append() {
    engine.append(batch);
    keyspace.committed(engine.appendedSequence());
  }

  private void publish() {
    engine.publish(engine.appendedSequence());
    visible = engine.appendedSequence();
  }

  @Test
  void eachOfSeveralFlushesOfOneBatchGivesAnIdOfItsOwn() {
    Set<Integer> ids = new HashSet<>();
    bind(0);
    for (int i = 0; i < 3; i++) {
      ids.add(keyspace.databaseId());
      keyspace.flushDatabase();
    }
    ids.add(keyspace.databaseId());
    append();
    bind(1);
    keyspace.flushDatabase();
    ids.add(keyspace.databaseId());
    append();
    assertEquals(5, ids.size(), ids.toString());
  }

  @Test
  void swapsOfOneBatchBuildOnEachOther() {
    bind(0);
    keyspace.swapDatabases(0, 1);
    keyspace.swapDatabases(1, 299);
    assertEquals(1, keyspace.databaseId());
    append();
    publish();
    try (ReadView view = engine.view()) {
      assertEquals(1, databases.id(0, view, true));
      assertEquals(299, databases.id(1, view, true));
      assertEquals(0, databases.id(299, view, true));
      Databases loaded = Databases.load(view, 300, () -> visible);
      for (int index : new int[] {0, 1, 2, 299}) {
        assertEquals(databases.id(index, view, true), loaded.id(index, view, true));
      }
    }
  }

  @Test
  void whatIsRolledBackChangesNoDatabase() {
    bind(0);
    keyspace.flushDatabase();
    assertNotEquals(0, keyspace.databaseId());
    keyspace.rollBack();
    assertEquals(0, keyspace.databaseId());
    assertTrue(batch.isEmpty());
    keyspace.unbind();
  }

  @Test
  void aViewFindsTheMappingThatItSawHoweverOldItIs() {
    List<ReadView> views = new ArrayList<>();
    List<Integer> ids = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      views.add(engine.view());
      ids.add(databases.newestId(0));
      bind(0);
      keyspace.flushDatabase();
      append();
      publish();
    }
    for (int i = 0; i < views.size(); i++) {
      assertEquals(ids.get(i), databases.id(0, views.get(i), false), "of view " + i);
    }
    assertTrue(databases.versions() < 100, databases.versions() + " versions");
  }

  @Test
  void nobodySeesAChangeBeforeItIsPublishedHoweverManyThereAre() {
    try (ReadView view = engine.view()) {
      for (int i = 0; i < 1000; i++) {
        bind(0);
        keyspace.flushDatabase();
        append();
        assertEquals(0, databases.id(0, view, false), "after " + i);
      }
      assertEquals(1001, databases.versions());
    }
    publish();
    bind(0);
    keyspace.flushDatabase();
    append();
    assertTrue(databases.versions() < 100, databases.versions() + " versions");
  }
}
