package dev.varve.protocol;

import static dev.varve.protocol.ProtocolVersion.RESP2;
import static dev.varve.protocol.ProtocolVersion.RESP3;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyWriterTest {
  private final ByteBuf out = Unpooled.directBuffer(1);
  private final ReplyWriter writer = new ReplyWriter(out, RESP2);

  @AfterEach
  void release() {
    out.release();
  }

  @Test
  void writesWhatBothVersionsShareAlike() {
    assertBoth("+OK\r\n", ReplySink::ok);
    assertBoth("+PONG\r\n", ReplySink::pong);
    assertBoth("+QUEUED\r\n", sink -> sink.simpleString("QUEUED"));
    assertBoth("-ERR syntax error\r\n", sink -> sink.error("ERR syntax error"));
    assertBoth("$3\r\nabc\r\n", sink -> sink.bulk("abc".getBytes(UTF_8)));
    assertBoth("$0\r\n\r\n", sink -> sink.bulk(new byte[0]));
    assertBoth("$2\r\nbc\r\n", sink -> sink.bulk("abcd".getBytes(UTF_8), 1, 2));
    assertBoth("$2\r\n-7\r\n", sink -> sink.bulk(-7));
    assertBoth("*0\r\n", sink -> sink.arrayHeader(0));
    assertBoth("*2147483647\r\n", sink -> sink.arrayHeader(Integer.MAX_VALUE));
  }

  @Test
  void writesWhatOnlyResp3Has() {
    assertWrites("$-1\r\n", "_\r\n", ReplySink::nullBulk);
    assertWrites("*-1\r\n", "_\r\n", ReplySink::nullArray);
    assertWrites("*6\r\n", "%3\r\n", sink -> sink.mapHeader(3));
    assertWrites("*3\r\n", "~3\r\n", sink -> sink.setHeader(3));
    assertWrites("*3\r\n", ">3\r\n", sink -> sink.pushHeader(3));
    assertWrites(":1\r\n", "#t\r\n", sink -> sink.booleanValue(true));
    assertWrites(":0\r\n", "#f\r\n", sink -> sink.booleanValue(false));
    assertWrites("$3\r\n1.5\r\n", ",1.5\r\n", sink -> sink.doubleValue(1.5));
    assertWrites("$4\r\n-inf\r\n", ",-inf\r\n", sink -> sink.doubleValue(Double.NEGATIVE_INFINITY));
    assertWrites("$2\r\n-1\r\n", "(-1\r\n", sink -> sink.bigNumber(BigInteger.ONE.negate()));
    assertWrites("$4\r\na\r\nb\r\n", "=8\r\ntxt:a\r\nb\r\n", sink -> sink.verbatim("a\r\nb"));
  }

  @Test
  void writesMapsOfAnySizeInResp2() {
    assertWrites("*4294967294\r\n", "%2147483647\r\n", sink -> sink.mapHeader(Integer.MAX_VALUE));
  }

  @ParameterizedTest
  @ValueSource(
      longs = {
        0,
        1,
        9,
        10,
        99,
        100,
        999,
        1000,
        1023,
        1024,
        99999,
        -1,
        -10,
        -1024,
        1L << 53,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        Long.MIN_VALUE + 1
      })
  void writesAnyInteger(long value) {
    assertBoth(":" + value + "\r\n", sink -> sink.integer(value));
    String digits = Long.toString(value);
    assertBoth("$" + digits.length() + "\r\n" + digits + "\r\n", sink -> sink.bulk(value));
  }

  @Test
  void writesEverySmallNumber() {
    for (int value = 0; value < 12_000; value++) {
      out.clear();
      writer.integer(value);
      assertEquals(":" + value + "\r\n", out.toString(ISO_8859_1));
    }
  }

  /** What {@code printf("%.17g")} of glibc 2.36 gives. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0.0, -0",
    "1, 1",
    "-3, -3",
    "1.5, 1.5",
    "0.1, 0.10000000000000001",
    "3.3, 3.2999999999999998",
    "-2.675, -2.6749999999999998",
    "1e16, 10000000000000000",
    "123456789012345680, 1.2345678901234568e+17",
    "1e17, 1e+17",
    "1e20, 1e+20",
    "1e100, 1e+100",
    "9007199254740993, 9007199254740992",
    "99999999999999984, 99999999999999984",
    "0.0001, 0.0001",
    "0.00001, 1.0000000000000001e-05",
    "5e-324, 4.9406564584124654e-324",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "-1e-7, -9.9999999999999995e-08",
    "Infinity, inf",
    "-Infinity, -inf",
    "NaN, nan"
  })
  void writesDoublesAsPrintfDoes(double value, String text) {
    assertWrites(
        "$" + text.length() + "\r\n" + text + "\r\n",
        "," + text + "\r\n",
        sink -> sink.doubleValue(value));
  }

  @Test
  void keepsLineEndsOutOfLines() {
    assertBoth(
        "-ERR unknown command 'a  b'\r\n", sink -> sink.error("ERR unknown command 'a\r\nb'"));
    assertBoth("+a b\r\n", sink -> sink.simpleString("a\nb"));
  }

  @Test
  void errorsEndBeforeTheLineEndsThatTheyEndWith() {
    assertBoth(
        "-ERR Unsupported option a b\r\n", sink -> sink.error("ERR Unsupported option a\nb\n\r\n"));
  }

  @Test
  void writesErrorsByteForByteAsTheyCame() {
    assertBoth("-ERR '\u00e4\u00ff\0'\r\n", sink -> sink.error("ERR '\u00e4\u00ff\0'"));
  }

  @Test
  void encodesTextInUtf8() {
    String text = "gr\u00f6\u00dfe \ud83d\ude00";
    String bytes = new String(text.getBytes(UTF_8), ISO_8859_1);
    assertBoth("$12\r\n" + bytes + "\r\n", sink -> sink.bulk(text));
    writer.version(RESP3);
    out.clear();
    writer.verbatim(text);
    assertEquals("=16\r\ntxt:" + bytes + "\r\n", out.toString(ISO_8859_1));
  }

  @Test
  void takesBytesFromAnyMemory() {
    ByteBuf bytes = Unpooled.copiedBuffer("xabcx", UTF_8);
    assertBoth("$3\r\nabc\r\n", sink -> sink.bulk(bytes, 1, 3));
    assertEquals(0, bytes.readerIndex());
    MemorySegment heap = MemorySegment.ofArray("xabcx".getBytes(UTF_8));
    assertBoth("$3\r\nabc\r\n", sink -> sink.bulk(heap, 1, 3));
    assertBoth("$0\r\n\r\n", sink -> sink.bulk(heap, 5, 0));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment offHeap = arena.allocate(5).copyFrom(heap);
      assertBoth("$3\r\nabc\r\n", sink -> sink.bulk(offHeap, 1, 3));
    }
  }

  /** Short ones are copied by more than their length; nothing of that may be left, or missing. */
  @Test
  void writesStringsOfEveryShortLengthFromEveryPlace() {
    byte[] bytes = new byte[90];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) ('a' + i % 26);
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment offHeap = arena.allocate(bytes.length).copyFrom(MemorySegment.ofArray(bytes));
      for (ByteBuf buffer :
          List.of(
              ByteBufAllocator.DEFAULT.heapBuffer(1), ByteBufAllocator.DEFAULT.directBuffer(1))) {
        writer.output(buffer);
        for (int length = 0; length <= 70; length++) {
          for (int offset = 0; offset <= bytes.length - length; offset++) {
            buffer.clear();
            buffer.capacity(1);
            writer.bulk(bytes, offset, length);
            writer.bulk(offHeap, offset, length);
            writer.bulk(MemorySegment.ofArray(bytes), offset, length);
            String one = "$" + length + "\r\n" + new String(bytes, offset, length, UTF_8) + "\r\n";
            assertEquals(one + one + one, buffer.toString(UTF_8));
          }
        }
        buffer.release();
      }
    }
  }

  @Test
  void writesIntoBuffersOnTheHeapAndInChunks() {
    byte[] large = new byte[5000];
    for (ByteBuf buffer :
        List.of(ByteBufAllocator.DEFAULT.heapBuffer(1), ByteBufAllocator.DEFAULT.directBuffer(1))) {
      writer.output(buffer);
      writer.bulk(MemorySegment.ofArray(large), 0, large.length);
      writer.bulk(large);
      writer.integer(1);
      assertEquals(2 * (7 + 5000 + 2) + 4, buffer.readableBytes());
      buffer.release();
    }
  }

  @ParameterizedTest
  @EnumSource
  void streamsAnArrayOfAnySize(ProtocolVersion version) {
    writer.version(version);
    ReplyDecoder decoder = new ReplyDecoder(version);
    writer.arrayHeader(1_000_000);
    for (int i = 0; i < 999_999; i++) {
      writer.integer(i);
      assertEquals(null, decoder.decode(out));
      out.clear();
    }
    writer.nullBulk();
    Reply.Array array = (Reply.Array) decoder.decode(out);
    assertEquals(1_000_000, array.values().size());
    assertEquals(new Reply.IntegerValue(77), array.values().get(77));
  }

  @Test
  void saysLaterHowManyThereWere() {
    assertBoth("*0\r\n", sink -> sink.endArray(sink.beginDeferred(), 0));
    assertBoth("*1\r\n:7\r\n", sink -> deferred(sink, 1, ReplySink::endArray));
    assertWrites("*1\r\n:7\r\n", "~1\r\n:7\r\n", sink -> deferred(sink, 1, ReplySink::endSet));
    assertWrites("*1\r\n:7\r\n", ">1\r\n:7\r\n", sink -> deferred(sink, 1, ReplySink::endPush));
    String five = ":7\r\n".repeat(10);
    assertWrites(
        "*10\r\n" + five,
        "%5\r\n" + five,
        sink -> {
          int begun = sink.beginDeferred();
          for (int i = 0; i < 10; i++) {
            sink.integer(7);
          }
          sink.endMap(begun, 5);
        });
    assertBoth(
        "+OK\r\n*12\r\n" + "*10\r\n" + five + ":7\r\n".repeat(11),
        sink -> {
          sink.ok();
          int outer = sink.beginDeferred();
          deferred(sink, 10, ReplySink::endArray);
          for (int i = 0; i < 11; i++) {
            sink.integer(7);
          }
          sink.endArray(outer, 12);
        });
  }

  private interface End {
    void end(ReplySink sink, int begun, int count);
  }

  private static void deferred(ReplySink sink, int count, End end) {
    int begun = sink.beginDeferred();
    for (int i = 0; i < count; i++) {
      sink.integer(7);
    }
    end.end(sink, begun, count);
  }

  @Test
  void aMillionValuesThatNobodyCountedBeforeHaveTheirHeader() {
    for (ByteBuf buffer :
        List.of(ByteBufAllocator.DEFAULT.heapBuffer(1), ByteBufAllocator.DEFAULT.directBuffer(1))) {
      writer.output(buffer);
      deferred(writer, 1_000_000, ReplySink::endArray);
      Reply.Array array = (Reply.Array) new ReplyDecoder(RESP2).decode(buffer);
      assertEquals(1_000_000, array.values().size());
      assertEquals(new Reply.IntegerValue(7), array.values().get(999_999));
      assertEquals(0, buffer.readableBytes());
      buffer.release();
    }
  }

  @Test
  void whatHasEndedIsNotEndedAgain() {
    int begun = writer.beginDeferred();
    writer.endArray(begun, 0);
    assertThrows(IllegalStateException.class, () -> writer.endArray(begun, 0));
  }

  /** A header that finds no room leaves the reply to be taken back. */
  @Test
  void growsForAHeaderOnlyAfterAsking() {
    ByteBuf full = Unpooled.buffer(300 << 10, 1 << 20);
    ReplyWriter asking =
        new ReplyWriter(
            full,
            RESP2,
            (written, grown) -> {
              throw new IllegalStateException("no room");
            });
    int mark = asking.mark();
    int begun = asking.beginDeferred();
    full.writeZero(full.writableBytes());
    assertThrows(IllegalStateException.class, () -> asking.endArray(begun, 10));
    asking.rollBack(mark);
    assertEquals(0, full.readableBytes());
  }

  /** A buffer grows by more than is needed at the moment. */
  @Test
  void asksForAllThatALargerBufferWillTake() {
    ByteBuf growing = Unpooled.buffer(16);
    List<Integer> asked = new ArrayList<>();
    ReplyWriter asking = new ReplyWriter(growing, RESP2, (written, grown) -> asked.add(grown));
    asking.bulk(new byte[600 << 10]);
    asking.bulk(new byte[3 << 20]);
    assertEquals(2, asked.size());
    assertEquals(growing.capacity(), asked.getLast());
  }

  @Test
  void takesBackWhatWasWrittenSinceAMark() {
    writer.ok();
    int mark = writer.mark();
    writer.arrayHeader(3);
    writer.bulk("a");
    writer.rollBack(mark);
    writer.error("ERR no");
    assertEquals("+OK\r\n-ERR no\r\n", out.toString(ISO_8859_1));
  }

  private void assertBoth(String expected, Consumer<ReplySink> reply) {
    assertWrites(expected, expected, reply);
  }

  private void assertWrites(String resp2, String resp3, Consumer<ReplySink> reply) {
    for (ProtocolVersion version : ProtocolVersion.values()) {
      writer.version(version);
      out.clear();
      reply.accept(writer);
      assertEquals(version == RESP2 ? resp2 : resp3, out.toString(ISO_8859_1));
    }
  }
}
