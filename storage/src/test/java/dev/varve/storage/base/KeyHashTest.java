package dev.varve.storage.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import net.jpountz.xxhash.XXHash64;
import net.jpountz.xxhash.XXHashFactory;
import org.junit.jupiter.api.Test;

class KeyHashTest {
  private static final XXHash64 OTHER = XXHashFactory.safeInstance().hash64();

  @Test
  void itIsXxh64OfAnyLengthWithAnySeed() {
    SplittableRandom random = new SplittableRandom(1);
    for (int length = 0; length < 200; length++) {
      int offset = random.nextInt(8);
      byte[] bytes = new byte[offset + length + random.nextInt(8)];
      random.nextBytes(bytes);
      long seed = random.nextLong();
      String what = length + " bytes from " + offset + " on, seed " + seed;
      assertEquals(
          OTHER.hash(bytes, offset, length, seed), KeyHash.hash(bytes, offset, length, seed), what);
      assertEquals(OTHER.hash(bytes, offset, length, 0), KeyHash.hash(bytes, offset, length), what);
    }
  }
}
