package dev.varve.server.rdb;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.Seed;
import io.netty.buffer.ByteBuf;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** Files of RDB as streams: written in pieces, read through a window, cut short, and damaged. */
final class SnapshotStreamTest {
  private static final int LARGE = 300_000;

  private final ByteArrayOutputStream file = new ByteArrayOutputStream();
  private final List<Integer> pieces = new ArrayList<>();
  private final SnapshotOutput out =
      new SnapshotOutput(
          (bytes, offset, length) -> {
            pieces.add(length);
            file.write(bytes, offset, length);
          });

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private ValueWriter entry(String key, long date) {
    ValueWriter writer = out.newEntry();
    writer.entry(date, bytes(key), 0, key.length());
    return writer;
  }

  private void string(String key, long date, int length) {
    ValueWriter writer = entry(key, date);
    writer.string(MemorySegment.ofArray(new byte[length]), 0, length);
    writer.end();
  }

  private void list(String key, int elements) {
    ValueWriter writer = entry(key, ValueVisitor.NO_DEADLINE);
    writer.beginLongList(elements);
    for (int i = 0; i < elements; i++) {
      byte[] element = bytes("element" + i);
      writer.element(MemorySegment.ofArray(element), 0, element.length);
    }
    writer.end();
  }

  private byte[] small() {
    out.begin(false);
    out.about("name", "value");
    out.library(bytes("#!lua name=x"));
    out.database(0, 2, 1);
    string("a", 5, 3);
    list("b", 3);
    out.database(70_000, 1, 0);
    string("c", ValueVisitor.NO_DEADLINE, 0);
    out.end();
    return file.toByteArray();
  }

  /** What was read, a line each. */
  private static List<String> read(InputStream in, int most) {
    List<String> seen = new ArrayList<>();
    new SnapshotInput(in)
        .read(
            new SnapshotVisitor() {
              @Override
              public void library(RdbString code) {
                seen.add("library " + code.text());
              }

              @Override
              public void database(int index) {
                seen.add("database " + index);
              }

              @Override
              public void entry(RdbString key, long date, SnapshotValue value) {
                String before = key.text() + " " + date + " ";
                if (value.isString()) {
                  seen.add(before + value.string().length());
                  return;
                }
                ByteBuf payload = value.payload(most);
                if (payload == null) {
                  value.read(IgnoredValue.INSTANCE);
                }
                seen.add(before + (payload == null ? "large" : payload.readableBytes()));
                assertEquals(key.text(), before.substring(0, key.length()));
              }
            });
    return seen;
  }

  /** A stream that gives no more than a few bytes at a time. */
  private static InputStream slow(byte[] bytes, SplittableRandom random) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] target, int offset, int length) {
        return super.read(target, offset, Math.min(length, 1 + random.nextInt(3000)));
      }

      @Override
      public synchronized int available() {
        return 0;
      }
    };
  }

  @Test
  void allThatIsWrittenIsRead() {
    assertEquals(
        List.of(
            "library #!lua name=x",
            "database 0",
            "a 5 3",
            "b 0 " + (1 + 1 + 3 * 9 + Footer.BYTES),
            "database 70000",
            "c 0 0"),
        read(new ByteArrayInputStream(small()), 1000));
  }

  @Test
  void whatIsLargeGoesInPiecesAndThroughAWindow() {
    SplittableRandom random = new SplittableRandom(Seed.of("SnapshotStreamTest.large"));
    out.begin(false);
    out.database(0, 3, 0);
    list("long", LARGE);
    string("big", 7, 10_000_000);
    list("short", 5);
    out.end();
    assertTrue(pieces.stream().allMatch(length -> length < 256 << 10), pieces::toString);
    List<String> expected =
        List.of("database 0", "long 0 large", "big 7 10000000", "short 0 " + (2 + 5 * 9 + 10));
    assertEquals(expected, read(new ByteArrayInputStream(file.toByteArray()), 100_000));
    assertEquals(expected, read(slow(file.toByteArray(), random), 100_000));
  }

  @Test
  void aFileThatEndsTooEarlyIsRefused() {
    byte[] whole = small();
    for (int length = 0; length < whole.length; length++) {
      InputStream in = new ByteArrayInputStream(whole, 0, length);
      assertThrows(BadFormatException.class, () -> read(in, 1000), "length " + length);
    }
  }

  @Test
  void aDamagedFileIsRefused() {
    byte[] whole = small();
    for (int at = 0; at < whole.length; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 << (at % Byte.SIZE));
      if (Arrays.equals(damaged, whole)) {
        continue;
      }
      InputStream in = new ByteArrayInputStream(damaged);
      assertThrows(BadFormatException.class, () -> read(in, 1000), "byte " + at);
    }
  }

  @Test
  void whatIsNoFileOfKnownVersionIsTold() {
    for (String version : List.of("0001", "0013", "9999")) {
      InputStream in = new ByteArrayInputStream(bytes("REDIS" + version));
      String message = assertThrows(BadFormatException.class, () -> read(in, 9)).getMessage();
      assertTrue(message.contains("isn't read, but 2 to 12"), message);
    }
  }

  @Test
  void whatModulesKeepBesideKeysIsPassed() {
    byte[] magic = bytes("REDIS0010");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.writeBytes(magic);
    bytes.write(RdbOpcode.MODULE);
    bytes.write(0x81);
    bytes.writeBytes(new byte[] {-1, 2, 3, 4, 5, 6, 7, 8});
    bytes.writeBytes(new byte[] {2, 1, 1, 9, 5, 3, 'a', 'b', 'c', 4, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    bytes.write(RdbOpcode.END);
    bytes.writeBytes(new byte[Long.BYTES]);
    assertEquals(List.of(), read(new ByteArrayInputStream(bytes.toByteArray()), 9));
  }

  @Test
  void theValueIsWhatRestoreTakes() {
    out.begin(false);
    list("key", 2);
    out.end();
    byte[] dumped = new byte[1 + 1 + 2 * 9 + Footer.BYTES];
    new SnapshotInput(new ByteArrayInputStream(file.toByteArray()))
        .read(
            new SnapshotVisitor() {
              @Override
              public void library(RdbString code) {}

              @Override
              public void database(int index) {}

              @Override
              public void entry(RdbString key, long date, SnapshotValue value) {
                assertNull(value.payload(10));
                value.payload(20).readBytes(dumped);
              }
            });
    RdbOutput expected = new RdbOutput(_ -> {});
    ValueWriter writer = new ValueWriter(expected);
    writer.beginLongList(2);
    for (String element : List.of("element0", "element1")) {
      writer.element(MemorySegment.ofArray(bytes(element)), 0, element.length());
    }
    writer.endPayload();
    assertArrayEquals(Arrays.copyOf(expected.bytes(), expected.length()), dumped);
  }
}
