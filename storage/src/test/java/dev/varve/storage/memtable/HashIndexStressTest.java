package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.storage.Race;
import dev.varve.storage.Seeds;
import dev.varve.storage.base.EntryKind;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/**
 * Readers look up keys that are there while tables are split and used again beneath them. Many
 * small indexes, as a reader that loses its processor must come back to a table that became
 * another.
 */
class HashIndexStressTest {
  private static final int READERS = 4;
  private static final int ROUNDS = 60;
  private static final int KEYS = 40_000;

  private static final class Round {
    private final RecordArena memory;
    private final Records records;
    private final HashIndex index;
    private volatile int inserted;

    Round(SlabPool pool, long seed) {
      memory = new RecordArena(pool);
      records = new Records(memory);
      index = new HashIndex(memory, records, seed);
    }
  }

  private volatile Round current;

  private void read(Race race, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] key = new byte[8];
    while (!race.isOver()) {
      Round round = current;
      int inserted = round == null ? 0 : round.inserted;
      if (inserted == 0) {
        continue;
      }
      for (int i = 0; i < 100; i++) {
        long wanted = random.nextInt(inserted);
        ByteBuffer.wrap(key).putLong(0, wanted);
        int record = round.index.find(round.index.hash(key, 0, 8), key, 0, 8);
        long found = record == 0 ? -1 : Memory.bigEndianLong(round.records.keyAddress(record));
        assertEquals(wanted, found);
      }
    }
  }

  @Test
  void noKeyIsMissedWhileTablesAreSplitAndUsedAgain() {
    Seeds.forEach(
        1,
        random -> {
          current = null;
          List<Round> rounds = new ArrayList<>();
          try (Arena arena = Arena.ofShared();
              Race race = new Race()) {
            SlabPool pool = new SlabPool(arena, true);
            for (int i = 0; i < READERS; i++) {
              long seed = random.nextLong();
              race.start(() -> read(race, seed));
            }
            byte[] key = new byte[8];
            for (int r = 0; r < ROUNDS; r++) {
              Round round = new Round(pool, random.nextLong());
              rounds.add(round);
              current = round;
              for (int i = 0; i < KEYS; i++) {
                ByteBuffer.wrap(key).putLong(0, i);
                int record = round.records.addKey(EntryKind.PUT, 1, key, 0, 8, 0, 0);
                round.index.insert(round.index.hash(key, 0, 8), record);
                round.inserted = i + 1;
              }
            }
            race.finish();
            rounds.forEach(round -> round.memory.free());
            assertEquals(0, pool.lentBytes());
          }
        });
  }
}
