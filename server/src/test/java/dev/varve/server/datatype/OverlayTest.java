package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.testing.Seed;
import dev.varve.storage.WriteBatch;
import dev.varve.storage.base.EntryKind;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What a batch has done, against a plain map that all of it was done to. */
class OverlayTest {
  private static final byte[] DELETED = {};

  private final WriteBatch batch = new WriteBatch();
  private final Overlay overlay = new Overlay();

  /** What each key touched by the batch holds; {@link #DELETED}: nothing. Others aren't there. */
  private TreeMap<Integer, byte[]> model = new TreeMap<>();

  private record Mark(long batch, int points, int ranges, TreeMap<Integer, byte[]> model) {}

  private static byte[] key(int number) {
    return new byte[] {(byte) number, (byte) (number * 31)};
  }

  private void put(int number, byte[] value) {
    byte[] key = key(number);
    int at = batch.putReserved(EntryKind.PUT, key, 0, key.length, value.length);
    System.arraycopy(value, 0, batch.bytes(), at, value.length);
    overlay.put(key.length, at, value.length);
    model.put(number, value);
  }

  private void delete(int number) {
    byte[] key = key(number);
    batch.delete(EntryKind.DELETE, key, 0, key.length);
    overlay.delete(key.length, batch.size());
    model.put(number, DELETED);
  }

  private void deleteRange(int from, int to, int keys) {
    byte[] begin = {(byte) from};
    byte[] end = {(byte) to};
    batch.deleteRange(begin, end);
    overlay.deleteRange(begin, end);
    for (int number = from; number < Math.min(to, keys); number++) {
      model.put(number, DELETED);
    }
  }

  private void check(int number) {
    byte[] key = key(number);
    byte[] expected = model.get(number);
    int found = overlay.find(batch.bytes(), key, key.length);
    String actual;
    if (found == Overlay.NONE) {
      actual = "untouched";
    } else if (found == Overlay.GONE || overlay.isDelete(found)) {
      actual = "deleted";
    } else {
      int from = overlay.valueOffset(found);
      actual =
          Arrays.toString(
              Arrays.copyOfRange(batch.bytes(), from, from + overlay.valueLength(found)));
    }
    String wanted =
        expected == null
            ? "untouched"
            : expected.length == 0 ? "deleted" : Arrays.toString(expected);
    assertEquals(wanted, actual, "key " + number);
  }

  @Test
  void isWhatTheBatchWouldDoToAMapWhateverIsTakenBack() {
    long seed = Seed.of("isWhatTheBatchWouldDoToAMapWhateverIsTakenBack");
    Random random = new Random(seed);
    for (int round = 0; round < 400; round++) {
      batch.clear();
      overlay.clear();
      model = new TreeMap<>();
      Deque<Mark> marks = new ArrayDeque<>();
      int keys = 1 + random.nextInt(100);
      boolean withRanges = random.nextBoolean();
      for (int step = random.nextInt(400); step > 0; step--) {
        int number = random.nextInt(keys);
        switch (random.nextInt(withRanges ? 12 : 10)) {
          case 0, 1, 2, 3 -> put(number, new byte[] {(byte) step, (byte) round});
          case 4 -> put(number, new byte[1 + random.nextInt(300)]);
          case 5 -> delete(number);
          case 6, 7 -> check(number);
          case 8 ->
              marks.push(
                  new Mark(batch.mark(), overlay.points(), overlay.ranges(), new TreeMap<>(model)));
          case 9 -> rollBack(marks);
          default -> deleteRange(number, number + 1 + random.nextInt(keys), keys);
        }
      }
      for (int number = 0; number < keys; number++) {
        check(number);
      }
    }
  }

  private void rollBack(Deque<Mark> marks) {
    if (!marks.isEmpty()) {
      Mark mark = marks.pop();
      overlay.rollBack(mark.points(), mark.ranges(), batch.bytes());
      batch.rollBack(mark.batch());
      model = mark.model();
    }
  }

  /** None of them costs by how many there are. */
  @Test
  void aMillionRangesAndPointsAreFoundAndTakenBack() {
    int count = 1_000_000;
    for (int i = 0; i < count; i++) {
      int number = i % 100;
      put(number, new byte[] {(byte) i});
      deleteRange(number, number + 1, 100);
      check(number);
    }
    put(7, new byte[] {1});
    int points = overlay.points();
    for (int i = 0; i < 1000; i++) {
      long mark = batch.mark();
      Map.Entry<Integer, byte[]> before = Map.entry(7, model.get(7));
      put(7, new byte[] {2, 3});
      check(7);
      overlay.rollBack(points, overlay.ranges(), batch.bytes());
      batch.rollBack(mark);
      model.put(before.getKey(), before.getValue());
      check(7);
    }
  }
}
