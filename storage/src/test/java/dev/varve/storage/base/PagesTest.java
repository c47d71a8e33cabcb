package dev.varve.storage.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagesTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 4096, 3 << 20, (40 << 20) + 1})
  void memoryIsThereUntilItsArenaEnds(long bytes) {
    MemorySegment memory;
    try (Arena arena = Arena.ofShared()) {
      memory = Pages.allocate(arena, bytes, 64);
      assertEquals(bytes, memory.byteSize());
      assertEquals(0, memory.address() % 64);
      memory.fill((byte) 7);
      assertEquals(7, memory.get(ValueLayout.JAVA_BYTE, bytes - 1));
    }
    assertThrows(IllegalStateException.class, () -> memory.get(ValueLayout.JAVA_BYTE, 0));
  }

  @Test
  void moreThanThereIsIsRefused() {
    try (Arena arena = Arena.ofShared()) {
      assertThrows(OutOfMemoryError.class, () -> Pages.allocate(arena, 1L << 60, 64));
    }
  }

  @Test
  void wholePagesThatAreGivenBackAreZeros() {
    try (Arena arena = Arena.ofShared()) {
      MemorySegment memory = Pages.allocate(arena, 40 << 20, 64);
      memory.fill((byte) 7);
      Pages.giveBack(memory);
      assertEquals(0, memory.get(ValueLayout.JAVA_BYTE, 20 << 20));
    }
  }
}
