package dev.varve.storage.compaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.CompactionStyle;
import dev.varve.storage.Compression;
import dev.varve.storage.Seeds;
import dev.varve.storage.StorageOptions;
import dev.varve.storage.UniversalCompaction;
import dev.varve.storage.base.Snapshots;
import dev.varve.storage.compaction.CompactionPlan.Input;
import dev.varve.storage.compaction.CompactionPlan.Kind;
import dev.varve.storage.fs.SimulatedFileSystem;
import dev.varve.storage.manifest.FileNames;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import dev.varve.storage.memtable.SlabPool;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Flush and compaction against the model: whatever is flushed and merged, reads stay the same. */
class TreeModelTest {
  private static final Path DIRECTORY = Path.of("/data");

  private static StorageOptions options(Random random) {
    return StorageOptions.builder()
        .blockBytes(256)
        .filterBitsPerKey(random.nextInt(4) == 0 ? 0 : 10)
        .compression(Compression.NONE)
        .bottomCompression(random.nextBoolean() ? Compression.NONE : Compression.LZ4)
        .tableBytes(4 << 10)
        .level0Tables(2)
        .compactionStyle(random.nextBoolean() ? CompactionStyle.UNIVERSAL : CompactionStyle.LEVELED)
        .universal(
            new UniversalCompaction(
                2 + random.nextInt(3),
                random.nextInt(100),
                2 + random.nextInt(2),
                3 + random.nextInt(5),
                200))
        .levelSizeRatio(2 + random.nextInt(3))
        .levelBaseBytes(8 << 10)
        .blobThreshold(random.nextBoolean() ? 0 : 100)
        .keyGroups(TreeModel.GROUPS)
        .build();
  }

  /** A random scenario over one tree. */
  private static final class Scenario {
    private static final int GROUPS = 40;

    final Random random;
    final TestTree tree;

    /** Groups are used one after another; a forgotten one doesn't come back. */
    int firstGroup;

    int valueBytes;

    Scenario(Random random, TestTree tree) {
      this.random = random;
      this.tree = tree;
      valueBytes = random.nextBoolean() ? 3 : 200;
    }

    String key() {
      int at = random.nextInt(30);
      return switch (random.nextInt(4)) {
        case 0 -> "u" + at;
        case 1 -> TreeModel.prefix(firstGroup) + at;
        default -> TreeModel.prefix(firstGroup + 1) + at;
      };
    }

    void step() {
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3 -> write(1 + random.nextInt(40));
        case 4 -> tree.freeze();
        case 5 -> {
          if (tree.frozen() > 0) {
            tree.flush(1 + random.nextInt(tree.frozen()));
          }
        }
        case 6 -> {
          CompactionPlan plan = random.nextInt(3) == 0 ? clear() : tree.pick();
          if (plan != null) {
            tree.compact(plan);
          }
        }
        case 7 -> {
          CompactionPlan plan = randomPlan();
          if (plan != null) {
            tree.compact(plan);
          }
        }
        case 8 -> {
          if (random.nextBoolean() && !tree.snapshots.isEmpty()) {
            tree.snapshots.remove(random.nextInt(tree.snapshots.size()));
          } else if (tree.sequence > 0) {
            tree.snapshots.add(tree.sequence);
          }
        }
        default -> {
          switch (random.nextInt(8)) {
            case 0 -> tree.reopen();
            case 1 -> tree.flushAll();
            case 2 -> tree.compactAll();
            default -> write(5);
          }
        }
      }
    }

    /** What walks over a range of keys may ask for. */
    CompactionPlan clear() {
      String from = key();
      String to = key();
      boolean inOrder = from.compareTo(to) <= 0;
      return RangeDebris.clear(
          tree.version().levels(),
          TreeModel.bytes(inOrder ? from : to),
          TreeModel.bytes((inOrder ? to : from) + "~"),
          plan -> RangeDebris.work(plan) <= random.nextInt(500),
          List.of());
    }

    void write(int count) {
      for (int i = 0; i < count; i++) {
        String key = key();
        int what = random.nextInt(100);
        if (what < 2) {
          tree.deleteRange("u" + random.nextInt(30), "u" + random.nextInt(30));
        } else if (what < 3 && firstGroup < GROUPS - 2) {
          tree.forget(firstGroup++);
        } else if (what < 30) {
          tree.delete(key);
        } else {
          String value = ("v" + tree.sequence + "-").repeat(valueBytes / 3);
          tree.put(key, value, random.nextInt(3) > 0);
        }
      }
    }

    /** Any plan that keeps what is newer above what is older. */
    CompactionPlan randomPlan() {
      Levels levels = tree.version().levels();
      int level = random.nextInt(Levels.COUNT);
      List<TableMeta> tables = levels.tables(level);
      if (tables.isEmpty()) {
        return null;
      }
      int from = random.nextInt(tables.size());
      if (random.nextInt(3) == 0) {
        Input purged = new Input(level, tables.get(from));
        return new CompactionPlan(Kind.PURGE, List.of(purged), level);
      }
      int to = from + 1 + random.nextInt(tables.size() - from);
      if (level == 0 && (to < tables.size() || random.nextInt(3) == 0)) {
        return plan(levels, 0, tables.subList(from, to), 0);
      }
      int output = Math.min(Levels.LAST, level + 1);
      if (level == 0) {
        while (output < Levels.LAST && levels.tables(output).isEmpty() && random.nextInt(3) > 0) {
          output++;
        }
      }
      return plan(levels, level, tables.subList(from, to), output);
    }
  }

  private static CompactionPlan plan(Levels levels, int level, List<TableMeta> tables, int output) {
    List<Input> inputs = new ArrayList<>();
    tables.forEach(table -> inputs.add(new Input(level, table)));
    if (output > level) {
      CompactionPlan alone = new CompactionPlan(Kind.MERGE, inputs, output);
      levels
          .overlapping(output, alone.begin(), alone.end())
          .forEach(table -> inputs.add(new Input(output, table)));
    }
    return new CompactionPlan(Kind.MERGE, inputs, output);
  }

  private static void check(TestTree tree, int firstGroup) {
    List<Long> views = new ArrayList<>(tree.snapshots);
    views.add(Long.MAX_VALUE);
    for (long view : views) {
      Map<String, String> expected = tree.model.at(view);
      assertEquals(expected, tree.scan(view));
      assertEquals(expected, tree.scanBackward(view));
    }
    Map<Long, Long> counts = tree.countsWithDebts(Scenario.GROUPS);
    for (long group = firstGroup; group < Scenario.GROUPS; group++) {
      assertEquals(tree.model.liveCount(group), counts.get(group), "group " + group);
    }
  }

  private static void checkLookups(Scenario scenario, TestTree tree) {
    List<Long> views = new ArrayList<>(tree.snapshots);
    views.add(Long.MAX_VALUE);
    for (long view : views) {
      Map<String, String> expected = tree.model.at(view);
      for (int i = 0; i < 10; i++) {
        String key = scenario.key();
        assertEquals(expected.get(key), tree.get(key, view), key);
      }
    }
  }

  private static void checkFiles(TestTree tree) throws IOException {
    Set<Long> found = new HashSet<>();
    for (String name : tree.fileSystem.list(DIRECTORY)) {
      if (FileNames.tableNumber(name) != FileNames.NONE) {
        found.add(FileNames.tableNumber(name));
      }
    }
    assertEquals(tree.version().levels().numbers(), found);
  }

  @Test
  void readsAndCountsStayTheSameWhateverIsFlushedAndMerged() {
    Seeds.forEach(
        60,
        random -> {
          try (Arena arena = Arena.ofShared()) {
            SlabPool slabs = new SlabPool(arena, true);
            try (TestTree tree =
                new TestTree(new SimulatedFileSystem(), DIRECTORY, options(random), slabs)) {
              Scenario scenario = new Scenario(random, tree);
              for (int step = 0; step < 50; step++) {
                scenario.step();
                check(tree, scenario.firstGroup);
                checkLookups(scenario, tree);
                checkFiles(tree);
              }
              tree.snapshots.clear();
              tree.flushAll();
              tree.compactAll();
              check(tree, scenario.firstGroup);
              checkAllAtTheBottom(tree);
            }
            assertEquals(0, slabs.lentBytes());
          }
        });
  }

  /** After a manual compaction without views, every live key is there once and nothing else. */
  private static void checkAllAtTheBottom(TestTree tree) {
    Levels levels = tree.version().levels();
    long entries = 0;
    for (int level = 0; level < Levels.LAST; level++) {
      assertEquals(List.of(), levels.tables(level));
    }
    for (TableMeta table : levels.tables(Levels.LAST)) {
      entries += table.entries();
      assertEquals(0, table.tombstones() + table.rangeTombstones() + table.blindEntries());
    }
    assertEquals(0, tree.blindEntries());
    assertEquals(tree.model.at(Long.MAX_VALUE).size(), entries);
  }

  private interface TreeTest {
    void run(TestTree tree) throws IOException;
  }

  private static void withTree(TreeTest test) throws IOException {
    withTree(Compression.NONE, test);
  }

  private static void withTree(Compression bottom, TreeTest test) throws IOException {
    try (Arena arena = Arena.ofShared();
        TestTree tree =
            new TestTree(
                new SimulatedFileSystem(),
                DIRECTORY,
                options(new Random(1)).toBuilder().bottomCompression(bottom).build(),
                new SlabPool(arena, true))) {
      test.run(tree);
    }
  }

  @Test
  void aFlushThatOverlapsNothingIsWrittenLikeTheLastLevel() throws IOException {
    withTree(
        Compression.LZ4,
        tree -> {
          List<String> keys = List.of("u10", "u30", "u20", "u25", "u40");
          List<String> expected = List.of("LZ4", "LZ4", "LZ4", "NONE", "LZ4");
          for (int i = 0; i < keys.size(); i++) {
            tree.put(keys.get(i), "x", false);
            if (expected.get(i).equals("NONE")) {
              tree.put("u10", "y", false);
            }
            tree.flushAll();
            long newest = tree.version().levels().tables(0).getFirst().number();
            List<String> written = new ArrayList<>();
            tree.version()
                .forEachTable(
                    (meta, reader) -> {
                      if (meta.number() == newest) {
                        written.add(reader.properties().compression());
                      }
                    });
            assertEquals(List.of(expected.get(i)), written);
          }
          tree.deleteRange("u3", "u5");
          tree.flushAll();
          check(tree, 0);
        });
  }

  @Test
  void anEmptiedDatabaseGivesItsSpaceBackWithoutReading() throws IOException {
    withTree(
        tree -> {
          for (int i = 0; i < 500; i++) {
            tree.put(TreeModel.prefix(1) + (1000 + i), "x".repeat(100), true);
          }
          tree.flushAll();
          tree.compactAll();
          assertTrue(tree.version().levels().bytes(Levels.LAST) > 40_000);
          tree.forget(1);
          tree.flushAll();
          CompactionPlan plan = tree.pick();
          assertEquals(Kind.DROP, plan.kind());
          tree.compact(plan);
          assertEquals(0, tree.version().levels().bytes(Levels.LAST));
          tree.compactAll();
          assertEquals(Set.of(), tree.version().levels().numbers());
          assertEquals(0, tree.version().liveCount(1));
        });
  }

  @Test
  void aPurgeKeepsWhatIsNotHiddenAndTakesNothingElse() throws IOException {
    withTree(
        tree -> {
          for (int i = 0; i < 100; i++) {
            tree.put(TreeModel.prefix(1) + (1000 + i), "x".repeat(100), true);
          }
          tree.flushAll();
          tree.compactAll();
          long bytes = tree.version().levels().bytes(Levels.LAST);
          for (int i = 0; i < 100; i += 4) {
            tree.delete(TreeModel.prefix(1) + (1000 + i));
            tree.put(TreeModel.prefix(1) + (1001 + i), "y", true);
            tree.put(TreeModel.prefix(1) + (1002 + i), "z", false);
          }
          tree.flushAll();
          List<TableMeta> above = tree.version().levels().tables(0);
          for (TableMeta table : tree.version().levels().tables(Levels.LAST)) {
            Input input = new Input(Levels.LAST, table);
            tree.compact(new CompactionPlan(Kind.PURGE, List.of(input), Levels.LAST));
          }
          assertEquals(above, tree.version().levels().tables(0));
          assertTrue(tree.version().levels().bytes(Levels.LAST) < bytes * 3 / 4);
          check(tree, 0);
          tree.compactAll();
          check(tree, 0);
          checkAllAtTheBottom(tree);
        });
  }

  @Test
  void aPurgeKeepsTheTombstonesOfWhatIsBeneath() throws IOException {
    withTree(
        tree -> {
          int middle = Levels.LAST - 1;
          for (int i = 0; i < 100; i++) {
            tree.put("u" + (1000 + i), "x", false);
          }
          tree.flushAll();
          tree.compactAll();
          for (int i = 0; i < 100; i += 2) {
            tree.delete("u" + (1000 + i));
          }
          tree.flushAll();
          Levels levels = tree.version().levels();
          tree.compact(plan(levels, 0, levels.tables(0), middle));
          for (TableMeta table : tree.version().levels().tables(middle)) {
            Input input = new Input(middle, table);
            tree.compact(new CompactionPlan(Kind.PURGE, List.of(input), middle));
          }
          check(tree, 0);
          tree.compactAll();
          check(tree, 0);
          checkAllAtTheBottom(tree);
        });
  }

  @Test
  void aTableUnderARangeTombstoneStaysWhileAViewNeedsIt() throws IOException {
    withTree(
        tree -> {
          tree.put("u1", "x", false);
          tree.flushAll();
          tree.compactAll();
          tree.put("u2", "x", false);
          tree.flushAll();
          tree.snapshots.add(tree.sequence);
          tree.deleteRange("u", "v");
          tree.flushAll();
          CompactionPlan plan = tree.pick();
          assertTrue(plan == null || plan.kind() != Kind.DROP);
          tree.compactAll();
          check(tree, 0);
          tree.snapshots.clear();
          tree.compactAll();
          check(tree, 0);
        });
  }

  @Test
  void aFlushThatLeavesNothingAddsNoTable() throws IOException {
    withTree(
        tree -> {
          tree.put("g011", "x", false);
          tree.delete("g011");
          tree.deleteRange("a", "z");
          tree.flushAll();
          assertEquals(Set.of(), tree.version().levels().numbers());
          assertEquals(tree.sequence, tree.version().flushedUpTo());
          assertEquals(1_000 + tree.sequence, tree.version().lastTimeMillis());
        });
  }

  @Test
  void blindPutsOfNewKeysAreSettledByTheFlushItself() throws IOException {
    withTree(
        tree -> {
          for (int i = 0; i < 100; i++) {
            tree.put(TreeModel.prefix(1) + i, "x", true);
            tree.put(TreeModel.prefix(1) + i, "y", true);
          }
          tree.flushAll();
          assertEquals(0, tree.version().openEntries());
          assertEquals(100, tree.version().liveCount(1));
        });
  }

  @Test
  void aCancelledCompactionLeavesNothingBehind() throws IOException {
    withTree(
        tree -> {
          for (int table = 0; table < 2; table++) {
            for (int i = 0; i < 2_000; i++) {
              tree.put("u" + (10_000 + i), "x".repeat(100), false);
            }
            tree.flushAll();
          }
          List<Long> paced = new ArrayList<>();
          CompactionJob job =
              tree.job(tree.pick(), Snapshots.NEWEST_ONLY, paced::add, () -> paced.size() == 3);
          assertNull(job.run());
          assertEquals(3, paced.size());
          checkFiles(tree);
          assertNotNull(
              tree.job(tree.pick(), Snapshots.NEWEST_ONLY, Pacer.NONE, () -> false).run());
        });
  }

  @Test
  void tablesAreCutAtTheirSize() throws IOException {
    withTree(
        tree -> {
          for (int i = 0; i < 1_000; i++) {
            tree.put("u" + (10_000 + i), "x".repeat(100), false);
          }
          tree.flushAll();
          tree.compactAll();
          List<TableMeta> tables = tree.version().levels().tables(Levels.LAST);
          assertTrue(tables.size() > 10);
          assertTrue(tables.stream().allMatch(table -> table.bytes() < 6 << 10));
          assertTrue(
              tables.stream()
                  .sorted(Comparator.comparingLong(TableMeta::number))
                  .toList()
                  .equals(tables));
        });
  }
}
