package dev.varve.storage.memtable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.Warming;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MemtableWarmTest {
  private static final int KEYS = 5_000;

  private final SlabPool pool = new SlabPool(Arena.ofShared(), true);
  private final Memtable newer = new Memtable(pool, 1);
  private final Memtable older = new Memtable(pool, 1);

  @AfterEach
  void release() {
    newer.release();
    older.release();
    pool.close();
  }

  /** Even keys are in the newer memtable, multiples of three in the older one. */
  private void fill() {
    byte[] value = new byte[700];
    for (int i = 0; i < KEYS; i++) {
      byte[] key = key(i);
      if (i % 2 == 0) {
        newer.add(
            EntryKind.PUT, KEYS + i + 1, concat(key, value), 0, key.length, key.length, i % 700);
      }
      if (i % 3 == 0) {
        older.add(EntryKind.PUT, i + 1, concat(key, value), 0, key.length, key.length, i % 700);
      }
    }
  }

  @Test
  void whatIsFoundIsLookedForNoFurther() {
    fill();
    KeyBatch keys = new KeyBatch();
    for (int round = 0; round < 2; round++) {
      keys.clear();
      for (int i = 0; i < KEYS; i++) {
        byte[] key = key(i);
        int at = keys.add(key.length);
        System.arraycopy(key, 0, keys.bytes(), at, key.length);
      }
      Warming warming = keys.warming();
      warming.begin(keys.size());
      assertEquals(KEYS, warming.count());
      newer.hash(keys, warming);
      newer.warm(keys, warming);
      Set<Integer> left = pending(warming);
      assertTrue(IntStream.range(0, KEYS).filter(i -> i % 2 == 1).allMatch(left::contains));
      // Where keys collide the first slot is another key's, so that some are not found at once.
      assertTrue(left.size() < KEYS * 8 / 10, left.size() + " of " + KEYS);
      older.warm(keys, warming);
      Set<Integer> last = pending(warming);
      assertTrue(left.containsAll(last));
      assertTrue(IntStream.range(0, KEYS).filter(i -> i % 6 == 1).allMatch(last::contains));
      assertTrue(last.size() < left.size());
    }
  }

  private static Set<Integer> pending(Warming warming) {
    return Arrays.stream(warming.pending(), 0, warming.count()).boxed().collect(Collectors.toSet());
  }

  private static byte[] key(int i) {
    return ("key:" + i).getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] concat(byte[] key, byte[] value) {
    byte[] both = Arrays.copyOf(key, key.length + value.length);
    System.arraycopy(value, 0, both, key.length, value.length);
    return both;
  }
}
