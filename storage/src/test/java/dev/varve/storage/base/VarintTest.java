package dev.varve.storage.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VarintTest {
  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        1,
        127,
        128,
        16_383,
        16_384,
        Integer.MAX_VALUE,
        1L << 35,
        (1L << 56) - 1,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1
      })
  void readsBackWhatItWrote(long value) {
    byte[] array = new byte[16];
    int end = Varint.put(array, 3, value);
    assertEquals(3 + Varint.length(value), end);
    assertEquals(value, Varint.get(array, 3));
    MemorySegment segment = MemorySegment.ofArray(new byte[16]);
    assertEquals(end, Varint.put(segment, 3, value));
    assertEquals(value, Varint.get(segment, 3));
    assertEquals(value, Varint.unzigzag(Varint.zigzag(value)));
  }

  @ParameterizedTest
  @ValueSource(longs = {-1, 1, -64, 63})
  void smallMagnitudesZigzagIntoOneByte(long value) {
    assertEquals(1, Varint.length(Varint.zigzag(value)));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 9})
  void aCutNumberIsAnError(int bytes) {
    byte[] cut = new byte[bytes];
    Arrays.fill(cut, (byte) 0x80);
    assertThrows(IndexOutOfBoundsException.class, () -> Varint.get(cut, 0));
    assertThrows(IndexOutOfBoundsException.class, () -> Varint.get(MemorySegment.ofArray(cut), 0));
  }

  @ParameterizedTest
  @ValueSource(ints = {10, 11, 100})
  void anEndlessNumberIsAnError(int bytes) {
    byte[] endless = new byte[bytes];
    Arrays.fill(endless, (byte) 0xFF);
    assertThrows(IllegalArgumentException.class, () -> Varint.get(endless, 0));
    assertThrows(
        IllegalArgumentException.class, () -> Varint.get(MemorySegment.ofArray(endless), 0));
  }
}
