package dev.varve.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestDecoderTest {
  private static final RequestLimits STRANGER = RequestLimits.DEFAULT.withAuthenticated(false);

  private final Request request = new Request();
  private RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
  private ByteBuf in = Unpooled.directBuffer();

  @AfterEach
  void release() {
    in.release();
  }

  @Test
  void takesPipelinedRequestsOneByOne() {
    send("*2\r\n$3\r\nGET\r\n$1\r\nk\r\nPING\r\n*3\r\n$3\r\nSET\r\n$0\r\n\r\n$2\r\n\r\n\r\n");
    assertEquals(List.of("GET", "k"), next());
    assertEquals(20, request.byteSize());
    assertEquals(List.of("PING"), next());
    assertEquals(6, request.byteSize());
    assertEquals(List.of("SET", "", "\r\n"), next());
    assertEquals(0, in.readableBytes());
    assertFalse(decoder.decode(in, request));
  }

  @ParameterizedTest
  @ValueSource(strings = {"*0\r\n", "*-1\r\n", "*-77\r\n", "\r\n", "\n", "  \t \r\n", "\u000b\n"})
  void skipsEmptyRequests(String empty) {
    send(empty + empty + "*1\r\n$4\r\nPING\r\n" + empty);
    assertEquals(List.of("PING"), next());
    assertEquals(14, request.byteSize());
    assertFalse(decoder.decode(in, request));
    assertEquals(0, in.readableBytes());
  }

  @Test
  void takesArgumentsOfAnyBytes() {
    StringBuilder all = new StringBuilder();
    for (char c = 0; c < 256; c++) {
      all.append(c);
    }
    send("*2\r\n$4\r\nECHO\r\n$256\r\n" + all + "\r\n");
    assertEquals(List.of("ECHO", all.toString()), next());
    assertArrayEquals(all.toString().getBytes(ISO_8859_1), request.argumentBytes(1));
  }

  @Test
  void passesOverTheBytesThatEndAnArgumentAsRedisDoes() {
    send("*1\rX$4\rYPING??PING\n");
    assertEquals(List.of("PING"), next());
    assertEquals(List.of("PING"), next());
  }

  @ParameterizedTest
  @MethodSource("lines")
  void splitsInlineRequestsAsRedisDoes(String line, List<String> arguments) {
    send(line + "\r\n" + line + "\nPING\n");
    assertEquals(arguments, next());
    assertEquals(line.length() + 2, request.byteSize());
    assertEquals(arguments, next());
    assertEquals(List.of("PING"), next());
  }

  static List<Object[]> lines() {
    return List.of(
        line("PING", "PING"),
        line("  SET\tk  v \u000b\f", "SET", "k", "v"),
        line("a\u000bb", "a\u000bb"),
        line("a\rb", "a", "b"),
        line("a\0b", "a\0b"),
        line("set k \"hello world\"", "set", "k", "hello world"),
        line("set k 'hello world'", "set", "k", "hello world"),
        line("\"\" ''", "", ""),
        line("a\"b c\" x'y z'", "ab c", "xy z"),
        line("\"\\n\\r\\t\\b\\a\\\\\\\"\\q\\x41\\xfF\"", "\n\r\t\b\u0007\\\"qA\u00ff"),
        line("\"\\x4\" \"\\xg1\" \"\\x\"", "x4", "xg1", "x"),
        line("'\\n \\' \" \\\\ '", "\\n ' \" \\\\ "),
        line("\"it's\" 'say \"x\"'", "it's", "say \"x\""),
        line("a\\b \\n", "a\\b", "\\n"),
        line("\u00e4 \u00ff", "\u00e4", "\u00ff"));
  }

  private static Object[] line(String line, String... arguments) {
    return new Object[] {line, List.of(arguments)};
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"",
        "'",
        "set k \"v",
        "set k 'v",
        "\"a\"b",
        "'a'b",
        "\"a\"\"b\"",
        "'\\'",
        "\"\\\"",
        "\"\\x41"
      })
  void refusesUnbalancedQuotes(String line) {
    send(line + "\r\n");
    assertFails("unbalanced quotes in request");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "*a\\r\\n | invalid multibulk length",
        "*\\r\\n | invalid multibulk length",
        "*+1\\r\\n | invalid multibulk length",
        "*01\\r\\n | invalid multibulk length",
        "*-0\\r\\n | invalid multibulk length",
        "*1 \\r\\n | invalid multibulk length",
        "*\\n\\r\\n | invalid multibulk length",
        "*2147483648\\r\\n | invalid multibulk length",
        "*9223372036854775808\\r\\n | invalid multibulk length",
        "*99999999999999999999999999999999\\r\\n | invalid multibulk length",
        "*1\\r\\nPING\\r\\n | expected '$', got 'P'",
        "*1\\r\\n\\r\\n | expected '$', got '\\r'",
        "*1\\r\\n:1\\r\\n | expected '$', got ':'",
        "*1\\r\\n$\\r\\n | invalid bulk length",
        "*1\\r\\n$-1\\r\\n | invalid bulk length",
        "*1\\r\\n$x\\r\\n | invalid bulk length",
        "*1\\r\\n$01\\r\\n | invalid bulk length",
        "*1\\r\\n$536870913\\r\\n | invalid bulk length",
        "*1\\r\\n$99999999999999999999\\r\\n | invalid bulk length",
      })
  void saysWhatIsWrongInTheWordsOfRedis(String bytes, String detail) {
    send(bytes.replace("\\r", "\r").replace("\\n", "\n"));
    assertFails(detail.replace("\\r", "\r"));
  }

  @Test
  void refusesLinesWithoutEnd() {
    int longest = RequestLimits.MAX_LINE_LENGTH;
    send("*" + "1".repeat(longest - 1));
    assertFalse(decoder.decode(in, request));
    send("1");
    assertFails("too big mbulk count string");

    restart();
    send("*1\r\n$" + "1".repeat(longest - 1));
    assertFalse(decoder.decode(in, request));
    send("1");
    assertFails("too big bulk count string");

    restart();
    send("x".repeat(longest));
    assertFalse(decoder.decode(in, request));
    send("x");
    assertFails("too big inline request");

    restart();
    send("x".repeat(longest) + "\n");
    assertEquals(longest, next().get(0).length());
    send("x".repeat(longest + 1) + "\n");
    assertFails("too big inline request");
  }

  @Test
  void limitsStrangersUntilTheyHaveAuthenticated() {
    decoder = new RequestDecoder(STRANGER);
    send("*11\r\n");
    assertFails("unauthenticated multibulk length");

    restart();
    decoder = new RequestDecoder(STRANGER);
    send("*1\r\n$16385\r\n");
    assertFails("unauthenticated bulk length");

    restart();
    decoder = new RequestDecoder(STRANGER);
    send("*10\r\n" + "$16384\r\n".concat("x".repeat(16384)).concat("\r\n").repeat(10));
    assertEquals(10, next().size());
    decoder.limits(RequestLimits.DEFAULT);
    send("*11\r\n" + "$16385\r\n".concat("x".repeat(16385)).concat("\r\n").repeat(11));
    assertEquals(11, next().size());
  }

  @Test
  void refusesLongValuesBeforeTheirBytesArrive() {
    decoder.limits(RequestLimits.DEFAULT.withMaxBulkLength(1000));
    send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000\r\n" + "v".repeat(1000) + "\r\n");
    assertEquals(1000, next().get(2).length());
    send("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1001\r\n");
    assertFails("invalid bulk length");
  }

  @Test
  void tellsHowManyBytesItWaitsFor() {
    send("*2\r\n$4\r\nECHO\r\n$100\r\n12345");
    assertFalse(decoder.decode(in, request));
    assertEquals("*2\r\n$4\r\nECHO\r\n$100\r\n".length() + 102, decoder.wanted());
    send("v".repeat(95) + "\r\n");
    assertEquals(2, next().size());
    assertEquals(1, decoder.wanted());
  }

  @Test
  void refusesLongRequestsBeforeTheirBytesArrive() {
    decoder.limits(new RequestLimits(512 << 20, 40, true));
    String fits = "*2\r\n$3\r\nGET\r\n$20\r\n" + "k".repeat(20) + "\r\n";
    assertEquals(40, fits.length());
    send(fits);
    assertEquals(2, next().size());
    send("*2\r\n$3\r\nGET\r\n$21\r\n");
    assertFails("too big request");

    restart();
    send("*4\r\n$3\r\nSET\r\n$536870912\r\n");
    assertFalse(decoder.decode(in, request));
  }

  @Test
  void decodesNothingAfterAFailure() {
    send("*x\r\n");
    assertFails("invalid multibulk length");
    send("*1\r\n$4\r\nPING\r\n");
    assertFalse(decoder.decode(in, request));
  }

  @Test
  void takesABufferOnTheHeapOrInAChunk() {
    for (ByteBufAllocator allocator :
        List.of(ByteBufAllocator.DEFAULT, UnpooledByteBufAllocator.DEFAULT)) {
      for (ByteBuf buffer : List.of(allocator.heapBuffer(), allocator.directBuffer())) {
        buffer.writeLong(0).readLong();
        buffer.writeBytes("*1\r\n$4\r\nPING\r\nget \"k\"\r\n".getBytes(ISO_8859_1));
        assertTrue(decoder.decode(buffer, request));
        assertEquals(List.of("PING"), arguments(request));
        assertTrue(decoder.decode(buffer, request));
        assertEquals(List.of("get", "k"), arguments(request));
        buffer.release();
      }
    }
  }

  @Test
  void decodesAnySplitAlike() {
    Random random = Seed.random("RequestDecoderTest.decodesAnySplitAlike");
    for (int round = 0; round < 300; round++) {
      List<List<String>> requests = new ArrayList<>();
      StringBuilder stream = new StringBuilder();
      for (int i = random.nextInt(1, 20); i > 0; i--) {
        appendRequest(random, stream, requests);
      }
      restart();
      List<List<String>> decoded = new ArrayList<>();
      for (int sent = 0; sent < stream.length(); ) {
        int piece = round % 3 == 0 ? 1 : random.nextInt(1, 1 << random.nextInt(1, 12));
        int end = Math.min(stream.length(), sent + piece);
        send(stream.substring(sent, end));
        sent = end;
        while (decoder.decode(in, request)) {
          decoded.add(arguments(random.nextBoolean() ? request : request.copy()));
        }
        moveBytes(random);
      }
      assertEquals(requests, decoded);
      assertEquals(0, in.readableBytes());
    }
  }

  @Test
  void survivesGarbage() {
    Random random = Seed.random("RequestDecoderTest.survivesGarbage");
    byte[] likely = "*$0123456789-\r\n\r\n\"'\\x ab\0\u00ff".getBytes(ISO_8859_1);
    for (int round = 0; round < 20_000; round++) {
      restart();
      int length = random.nextInt(1, 60);
      for (int i = 0; i < length; i++) {
        in.writeByte(likely[random.nextInt(likely.length)]);
      }
      try {
        while (decoder.decode(in, request)) {
          assertTrue(request.argumentCount() > 0);
          arguments(request);
        }
      } catch (ProtocolException e) {
        assertTrue(e.getMessage().startsWith("Protocol error: "), e.getMessage());
      }
    }
  }

  private void appendRequest(Random random, StringBuilder stream, List<List<String>> requests) {
    if (random.nextInt(8) == 0) {
      stream.append(List.of("\r\n", "*0\r\n", "*-1\r\n", " \n").get(random.nextInt(4)));
      return;
    }
    List<String> arguments = new ArrayList<>();
    int count = random.nextInt(10) == 0 ? random.nextInt(1, 300) : random.nextInt(1, 5);
    for (int i = 0; i < count; i++) {
      StringBuilder argument = new StringBuilder();
      int length = random.nextInt(20) == 0 ? random.nextInt(2000) : random.nextInt(12);
      for (int c = 0; c < length; c++) {
        argument.append((char) random.nextInt(256));
      }
      arguments.add(argument.toString());
    }
    requests.add(arguments);
    boolean inline = count < 10 && random.nextInt(3) == 0;
    if (!inline) {
      stream.append('*').append(count).append("\r\n");
    }
    for (String argument : arguments) {
      if (inline) {
        appendQuoted(stream, argument);
      } else {
        stream.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
      }
    }
    if (inline) {
      stream.append("\r\n");
    }
  }

  private static void appendQuoted(StringBuilder stream, String argument) {
    stream.append('"');
    for (int i = 0; i < argument.length(); i++) {
      stream.append(String.format("\\x%02x", (int) argument.charAt(i)));
    }
    stream.append("\" ");
  }

  /** What a caller may do between calls: discard what was read, move the rest elsewhere. */
  private void moveBytes(Random random) {
    switch (random.nextInt(4)) {
      case 0 -> in.discardReadBytes();
      case 1 -> {
        ByteBuf moved = random.nextBoolean() ? Unpooled.buffer() : Unpooled.directBuffer();
        moved.writeZero(3).readerIndex(3).writeBytes(in);
        in.release();
        in = moved;
      }
      default -> {}
    }
  }

  private void restart() {
    decoder = new RequestDecoder(RequestLimits.DEFAULT);
    in.clear();
  }

  private void send(String bytes) {
    in.writeBytes(bytes.getBytes(ISO_8859_1));
  }

  private List<String> next() {
    assertTrue(decoder.decode(in, request));
    return arguments(request);
  }

  private static List<String> arguments(Request request) {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < request.argumentCount(); i++) {
      arguments.add(request.argumentString(i));
    }
    return arguments;
  }

  private void assertFails(String detail) {
    ProtocolException e = assertThrows(ProtocolException.class, () -> decoder.decode(in, request));
    assertEquals("Protocol error: " + detail, e.getMessage());
  }
}
