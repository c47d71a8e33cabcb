package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.ReadView;
import dev.varve.storage.base.KeySpread;
import dev.varve.storage.base.KeySpread.Part;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@link ReadView#spread}: where entries are said to lie. */
final class SpreadTest {
  private static byte[] key(int number) {
    return SmallDatabase.key(number).getBytes(ISO_8859_1);
  }

  private static void assertSpread(SmallDatabase database, int from, int to, double off) {
    try (ReadView view = database.engine.view()) {
      for (ReadView its : List.of(view, database.engine.latest())) {
        KeySpread spread = its.spread(key(from), key(to), 64);
        assertEquals(to - from, spread.entries(), off, from + " to " + to);
        List<Part> parts = spread.parts(7);
        assertTrue(parts.size() <= 7, "as many as asked for");
        assertEquals(spread.entries(), parts.stream().mapToDouble(Part::entries).sum(), 1e-6);
        byte[] before = key(from);
        for (Part part : parts) {
          assertTrue(
              Arrays.compareUnsigned(before, part.key()) <= 0, "in order, from the bound on");
          assertTrue(Arrays.compareUnsigned(part.key(), key(to)) < 0, "before the bound");
          before = part.key();
        }
      }
    }
  }

  @Test
  void memtablesTellTheirNumberOfKeys() {
    SmallDatabase database = new SmallDatabase(1);
    assertSpread(database, 0, 0, 0);
    database.putAll("a", 0, 20);
    assertSpread(database, 0, 20, 0);
    assertSpread(database, 5, 9, 0);
    assertSpread(database, 9, 9, 0);
    database.close();
  }

  @Test
  void tablesTellTheirsAsTheirBlocksDo() {
    SmallDatabase database = new SmallDatabase(1);
    database.putAll("a", 0, SmallDatabase.KEYS);
    database.settle();
    ((LsmEngine) database.engine).requestCompaction();
    database.drain();
    assertSpread(database, 0, SmallDatabase.KEYS, 14);
    assertSpread(database, 10, 40, 14);
    database.putAll("b", 30, 35);
    try (ReadView view = database.engine.view()) {
      List<Part> parts = view.spread(key(0), key(SmallDatabase.KEYS), 64).parts(2);
      assertEquals(2, parts.size());
      assertEquals(parts.get(0).entries(), parts.get(1).entries(), 14, "halves");
    }
    database.close();
  }
}
