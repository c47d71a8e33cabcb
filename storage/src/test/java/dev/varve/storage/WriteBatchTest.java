package dev.varve.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.base.EntryKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class WriteBatchTest {
  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  /** Writes down every operation as a line. */
  private static List<String> operations(WriteBatch batch) {
    List<String> lines = new ArrayList<>();
    batch.forEach(
        new WriteBatch.Visitor() {
          @Override
          public void point(
              byte kind,
              long sequence,
              byte[] bytes,
              int keyOffset,
              int keyLength,
              int valueOffset,
              int valueLength) {
            lines.add(
                "%d kind %x %s=%s"
                    .formatted(
                        sequence,
                        kind,
                        new String(bytes, keyOffset, keyLength, UTF_8),
                        new String(bytes, valueOffset, valueLength, UTF_8)));
          }

          @Override
          public void range(long sequence, byte[] begin, byte[] end) {
            lines.add(
                "%d range %s-%s"
                    .formatted(sequence, new String(begin, UTF_8), new String(end, UTF_8)));
          }

          @Override
          public void count(long group, long delta) {
            lines.add("count %d %d".formatted(group, delta));
          }

          @Override
          public void forget(long group) {
            lines.add("forget %d".formatted(group));
          }

          @Override
          public void abandon(long sequence, byte[] begin, byte[] end) {
            lines.add(
                "%d abandon %s-%s"
                    .formatted(sequence, new String(begin, UTF_8), new String(end, UTF_8)));
          }
        });
    return lines;
  }

  private static WriteBatch sample() {
    WriteBatch batch = new WriteBatch();
    batch.put(bytes("a"), bytes("1"));
    batch.count(7, -3);
    batch.put(EntryKind.PUT_BLIND, bytes("b"), 0, 1, bytes("x22"), 1, 2);
    batch.delete(bytes("c"));
    batch.deleteRange(bytes("d"), bytes("e"));
    batch.forget(300);
    batch.put(bytes(""), bytes(""));
    batch.abandon(bytes("f"), bytes("h"));
    batch.abandon(bytes("xid"), 1, 2);
    batch.stamp(100, 1234);
    return batch;
  }

  @Test
  void visitsOperationsInOrderWithTheirSequenceNumbers() {
    assertEquals(
        List.of(
            "100 kind 1 a=1",
            "count 7 -3",
            "101 kind 11 b=22",
            "102 kind 2 c=",
            "103 range d-e",
            "forget 300",
            "104 kind 1 =",
            "105 abandon f-h",
            "106 abandon id-ie"),
        operations(sample()));
  }

  @Test
  void itsBytesAreTheFormatOfTheLog() {
    WriteBatch batch = sample();
    assertEquals(
        "6400000000000000d2040000000000000700000001016101312007051101620232320201630301640165"
            + "21ac02010000"
            + "230166016824026964",
        HexFormat.of().formatHex(batch.bytes(), 0, batch.size()));
  }

  @Test
  void loadsWhatWasLogged() {
    WriteBatch logged = sample();
    WriteBatch loaded = new WriteBatch();
    loaded.load(logged.bytes(), 0, logged.size());
    assertEquals(operations(logged), operations(loaded));
    assertEquals(100, loaded.sequence());
    assertEquals(1234, loaded.timeMillis());
    assertEquals(7, loaded.operations());
  }

  @Test
  void rollsBackToAMark() {
    WriteBatch batch = new WriteBatch();
    batch.put(bytes("a"), bytes("1"));
    long mark = batch.mark();
    batch.deleteRange(bytes("d"), bytes("e"));
    batch.count(1, 1);
    batch.rollBack(mark);
    batch.stamp(1, 0);
    assertEquals(List.of("1 kind 1 a=1"), operations(batch));
    batch.clear();
    assertTrue(batch.isEmpty());
  }

  @Test
  void aReservedValueIsWrittenByTheCaller() {
    WriteBatch batch = new WriteBatch();
    int at = batch.putReserved(EntryKind.PUT, bytes("k"), 0, 1, 3);
    System.arraycopy(bytes("xyz"), 0, batch.bytes(), at, 3);
    batch.stamp(1, 0);
    assertEquals(List.of("1 kind 1 k=xyz"), operations(batch));
  }

  @Test
  void growsForLargeValuesAndKeepsWhatItHad() {
    WriteBatch batch = new WriteBatch();
    batch.put(bytes("small"), bytes("1"));
    byte[] large = new byte[3 << 20];
    Arrays.fill(large, (byte) 'v');
    batch.put(bytes("large"), large);
    batch.stamp(1, 0);
    List<String> lines = operations(batch);
    assertEquals("1 kind 1 small=1", lines.getFirst());
    assertEquals("2 kind 1 large=".length() + large.length, lines.getLast().length());
  }

  @Test
  void aBatchThatWasCutIsNone() {
    WriteBatch whole = sample();
    byte[] good = Arrays.copyOf(whole.bytes(), whole.size());
    for (int length = 0; length < good.length; length++) {
      int cut = length;
      WriteBatch batch = new WriteBatch();
      assertThrows(IllegalArgumentException.class, () -> batch.load(good, 0, cut), "cut to " + cut);
    }
    assertArrayEquals(good, Arrays.copyOf(whole.bytes(), whole.size()));
  }

  @Test
  void bytesWithAnUnknownOperationAreNoBatch() {
    WriteBatch whole = sample();
    byte[] bytes = Arrays.copyOf(whole.bytes(), whole.size() + 1);
    assertThrows(
        IllegalArgumentException.class, () -> new WriteBatch().load(bytes, 0, bytes.length));
  }

  /** Found from outside: a batch doubled with a large value in it, and the process ended. */
  @Test
  void aLargeBatchHasTheArrayOfOneBeforeThatWasAsLarge() {
    WriteBatch batch = new WriteBatch(16 << 20);
    byte[] large = new byte[3 << 20];
    batch.put(bytes("k"), large);
    byte[] its = batch.bytes();
    batch.clear();
    assertNotSame(its, batch.bytes());
    batch.put(bytes("k"), bytes("small"));
    batch.clear();
    batch.put(bytes("k"), large);
    assertSame(its, batch.bytes());
    batch.clear();
    // As much as is asked for, and not what happens to be there, counts against its bound.
    batch.put(bytes("k"), new byte[2 << 20]);
    assertTrue(batch.bytes().length < 3 << 20);
  }

  @Test
  void anArrayThatIsALargePartOfWhatABatchMayTakeIsNotKept() {
    WriteBatch batch = new WriteBatch(16 << 20);
    byte[] large = new byte[9 << 20];
    batch.put(bytes("k"), large);
    byte[] its = batch.bytes();
    batch.clear();
    batch.put(bytes("k"), large);
    assertNotSame(its, batch.bytes());
  }

  @Test
  void takesNoMoreMemoryThanItMay() {
    byte[] key = new byte[10];
    byte[] value = new byte[1 << 20];
    WriteBatch bounded = new WriteBatch((1 << 20) + 4096);
    bounded.put(key, value);
    bounded.delete(key);
    long mark = bounded.mark();
    assertThrows(WriteBatch.TooLargeException.class, () -> bounded.put(key, value));
    assertEquals(mark, bounded.mark());
    bounded.clear();
    assertThrows(WriteBatch.TooLargeException.class, () -> bounded.put(key, new byte[2 << 20]));
    bounded.put(key, value);
    bounded.clear();
    bounded.expect(Long.MAX_VALUE);
    assertEquals((1 << 20) + 4096, bounded.bytes().length);
  }

  /** Found from outside: HDEL of 100,000 fields, for whose bytes there was room from the start. */
  @Test
  void manyOperationsCountThoughTheirBytesWereExpected() {
    WriteBatch bounded = new WriteBatch(2 << 20);
    bounded.expect(1 << 20);
    assertThrows(
        WriteBatch.TooLargeException.class,
        () -> {
          for (int i = 0; i < 50_000; i++) {
            bounded.delete(new byte[10]);
          }
        });
    assertTrue(bounded.operations() > 10_000, bounded.operations() + " operations");
  }

  /** Found from outside: SPOP gathered members beside its batch, and the process ended. */
  @Test
  void whatIsHeldBesideItCountsUntilItIsEmptied() {
    byte[] key = new byte[10];
    WriteBatch bounded = new WriteBatch(1 << 20);
    bounded.put(key, new byte[1 << 10]);
    bounded.holdsBeside(900 << 10);
    assertThrows(WriteBatch.TooLargeException.class, () -> bounded.put(key, new byte[200 << 10]));
    assertThrows(WriteBatch.TooLargeException.class, () -> bounded.holdsBeside(200 << 10));
    bounded.clear();
    bounded.put(key, new byte[200 << 10]);
    bounded.holdsBeside(200 << 10);
  }
}
