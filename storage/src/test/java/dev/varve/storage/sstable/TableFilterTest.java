package dev.varve.storage.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Seeds;
import dev.varve.storage.base.KeyHash;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;

class TableFilterTest {
  @Test
  void hashesAsXxh64DoesElsewhere() {
    Seeds.forEach(
        2000,
        random -> {
          byte[] bytes = new byte[random.nextInt(200)];
          random.nextBytes(bytes);
          int offset = random.nextInt(bytes.length + 1);
          int length = bytes.length - offset;
          assertEquals(
              XXHashFactory.safeInstance().hash64().hash(bytes, offset, length, 0),
              KeyHash.hash(bytes, offset, length));
        });
  }

  @Test
  void hasAllKeysAndFewOthers() {
    double[] mostFalsePositives = new double[33];
    Arrays.fill(mostFalsePositives, 1);
    mostFalsePositives[5] = 0.13;
    mostFalsePositives[10] = 0.0115;
    mostFalsePositives[16] = 0.0025;
    mostFalsePositives[32] = 0.0005;
    int keys = 100_000;
    for (int bits = 1; bits <= 32; bits++) {
      try (KeyHashes hashes = new KeyHashes();
          Arena arena = Arena.ofConfined()) {
        Random random = new Random(bits);
        for (int i = 0; i < keys; i++) {
          hashes.add(random.nextLong());
        }
        MemorySegment section = arena.allocate(TableFilter.sectionBytes(keys, bits));
        TableFilter.build(hashes, bits, section);
        TableFilter filter = TableFilter.of(section);
        for (int i = 0; i < keys; i++) {
          assertTrue(filter.mayContain(hashes.get(i)));
        }
        double falsePositives = 0;
        for (int i = 0; i < keys; i++) {
          falsePositives += filter.mayContain(random.nextLong()) ? 1 : 0;
        }
        assertTrue(
            falsePositives / keys <= mostFalsePositives[bits],
            bits + " bits a key: " + falsePositives / keys);
      }
    }
  }

  @Test
  void separatorsLieBetween() {
    Seeds.forEach(
        20_000,
        random -> {
          byte[] left = Tables.key(random, random.nextInt(4));
          byte[] right = Tables.key(random, random.nextInt(4));
          int order = Arrays.compareUnsigned(left, right);
          if (order > 0) {
            byte[] swapped = left;
            left = right;
            right = swapped;
          }
          byte[] between = KeyBytes.separator(left, left.length, right, 0, right.length);
          assertTrue(Arrays.compareUnsigned(left, between) <= 0);
          assertTrue(Arrays.compareUnsigned(between, right) < (order == 0 ? 1 : 0));
          assertTrue(between.length <= Math.max(left.length, right.length));
        });
  }
}
