package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.base.EntryKind;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HashIndexTest {
  private final Arena arena = Arena.ofShared();
  private final RecordArena memory = new RecordArena(new SlabPool(arena, true));
  private final Records records = new Records(memory);
  private final HashIndex index = new HashIndex(memory, records, 42);
  private long recordBytes;

  @AfterEach
  void close() {
    memory.free();
    arena.close();
  }

  private static byte[] key(int i) {
    return ("user:" + i).getBytes(StandardCharsets.UTF_8);
  }

  private int insert(int hash, byte[] key) {
    long before = memory.usedBytes();
    int record = records.addKey(EntryKind.PUT, 1, key, 0, key.length, 0, 0);
    recordBytes += memory.usedBytes() - before;
    index.insert(hash, record);
    return record;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 3_000, 100_000})
  void everyKeyIsFoundWhileTablesGrowAndSplit(int expected) {
    index.expect(expected);
    int keys = 100_000;
    int[] inserted = new int[keys];
    for (int i = 0; i < keys; i++) {
      byte[] key = key(i);
      int hash = index.hash(key, 0, key.length);
      assertEquals(0, index.find(hash, key, 0, key.length));
      inserted[i] = insert(hash, key);
      if (Integer.bitCount(i) == 1) {
        for (int j = 0; j <= i; j++) {
          byte[] earlier = key(j);
          assertEquals(
              inserted[j],
              index.find(index.hash(earlier, 0, earlier.length), earlier, 0, earlier.length));
        }
      }
    }
    // Slots of tables that are half full on average, and few that are no longer used.
    long indexBytes = memory.usedBytes() - recordBytes;
    assertTrue(indexBytes < keys * 24L, () -> indexBytes + " bytes of index");
  }

  @Test
  void keysOfTheSameHashDontBlowTheDirectoryUp() {
    int keys = 5_000;
    for (int i = 0; i < keys; i++) {
      insert(0x12345678, key(i));
    }
    for (int i = 0; i < keys; i++) {
      byte[] key = key(i);
      assertNotEquals(0, index.find(0x12345678, key, 0, key.length));
    }
    assertTrue(index.heapBytes() < 16_384, () -> index.heapBytes() + " bytes of directory");
    assertEquals(0, index.find(0x12345678, key(keys), 0, key(keys).length));
  }

  @Test
  void hashesDependOnEveryByteAndOnTheSeed() {
    HashIndex other = new HashIndex(memory, records, 43);
    for (int length = 1; length < 40; length++) {
      byte[] key = new byte[length + 3];
      int zeros = index.hash(key, 2, length);
      assertNotEquals(zeros, index.hash(key, 2, length - 1));
      assertNotEquals(zeros, other.hash(key, 2, length));
      for (int i = 0; i < length; i++) {
        key[2 + i] = 1;
        assertNotEquals(zeros, index.hash(key, 2, length));
        key[2 + i] = 0;
      }
      key[1] = 1;
      key[2 + length] = 1;
      assertEquals(zeros, index.hash(key, 2, length));
    }
  }
}
