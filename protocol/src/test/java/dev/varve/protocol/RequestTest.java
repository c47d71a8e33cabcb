package dev.varve.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class RequestTest {

  @Test
  void readsNumbers() {
    Request request = decode("CMD", "0", "-12", "9223372036854775807", "+1", "", "1".repeat(30));
    assertEquals(0, request.longValue(1));
    assertEquals(-12, request.longValue(2));
    assertEquals(Long.MAX_VALUE, request.longValue(3));
    assertTrue(request.isLong(3));
    for (int i : new int[] {0, 4, 5, 6}) {
      assertFalse(request.isLong(i));
      assertThrows(NumberFormatException.class, () -> request.longValue(i));
    }
  }

  @Test
  void aNumberThatWasReadIsForgottenWithItsRequest() {
    Request request = decode("CMD", "12", "x");
    for (int i = 0; i < 2; i++) {
      assertEquals(12, request.longValue(1));
      assertFalse(request.isLong(2));
      assertThrows(NumberFormatException.class, () -> request.longValue(2));
    }
    Request reused = decode("CMD", "34", "56", "78");
    assertEquals(78, reused.longValue(3));
    request.copyTo(reused);
    assertThrows(IndexOutOfBoundsException.class, () -> reused.isLong(3));
    assertEquals(12, reused.longValue(1));
    reused.reset();
    assertThrows(IndexOutOfBoundsException.class, () -> reused.isLong(1));
    assertThrows(IndexOutOfBoundsException.class, () -> reused.isLong(-1));
  }

  @Test
  void comparesWordsInAnyCase() {
    Request request = decode("KeepTTL", "keepttk", "@[`{", "\u00e9x");
    assertTrue(request.equalsIgnoreCase(0, bytes("KEEPTTL")));
    assertFalse(request.equalsIgnoreCase(0, bytes("KEEPTT")));
    assertFalse(request.equalsIgnoreCase(1, bytes("KEEPTTL")));
    assertTrue(request.equalsIgnoreCase(2, bytes("@[`{")));
    assertFalse(request.equalsIgnoreCase(3, bytes("\u00c9X")));
  }

  @Test
  void packsWordsInUpperCase() {
    Request request = decode("get", "SETRANGE", "setrange2", "", "az{@[`\u00e1\u00fa", "k");
    assertEquals(Request.upperCaseWord("GET"), request.upperCaseWord(0));
    assertEquals(0x4745540000000000L, request.upperCaseWord(0));
    assertEquals(Request.upperCaseWord("SETRANGE"), request.upperCaseWord(1));
    assertEquals(Request.upperCaseWord("SETRANGE"), request.upperCaseWord(2));
    assertEquals(0, request.upperCaseWord(3));
    assertEquals(0x415A7B405B60E1FAL, request.upperCaseWord(4));
    Request atTheEnd = new Request();
    ByteBuf tight = Unpooled.wrappedBuffer(bytes("get\n"));
    assertTrue(new RequestDecoder(RequestLimits.DEFAULT).decode(tight, atTheEnd));
    assertEquals(Request.upperCaseWord("GET"), atTheEnd.upperCaseWord(0));
  }

  @Test
  void packsEveryByteAsToUpperCaseDoes() {
    for (int b = 0; b < 256; b++) {
      int upper = b >= 'a' && b <= 'z' ? b - 32 : b;
      String word = String.valueOf((char) b).repeat(8);
      assertEquals(upper * 0x0101010101010101L, decode(word).upperCaseWord(0));
    }
  }

  @Test
  void refusesArgumentsThatAreNotThere() {
    Request request = decode("GET", "k");
    assertThrows(IndexOutOfBoundsException.class, () -> request.argumentOffset(2));
    assertThrows(IndexOutOfBoundsException.class, () -> request.argumentLength(-1));
  }

  @Test
  void copiesOwnTheirBytes() {
    Request target = new Request();
    ByteBuf in = Unpooled.copiedBuffer("*2\r\n$3\r\nGET\r\n$1\r\nk\r\n", ISO_8859_1);
    Request request = new Request();
    assertTrue(new RequestDecoder(RequestLimits.DEFAULT).decode(in, request));
    request.copyTo(target);
    Request copy = request.copy();
    in.setZero(0, in.capacity());
    for (Request owner : new Request[] {target, copy}) {
      assertEquals(2, owner.argumentCount());
      assertEquals(20, owner.byteSize());
      assertEquals("GET", owner.argumentString(0));
      assertArrayEquals(bytes("k"), owner.argumentBytes(1));
    }
  }

  @Test
  void copiesAreUsedAgain() {
    Request target = new Request();
    String[] many = new String[3000];
    Arrays.fill(many, "x".repeat(40));
    decode(many).copyTo(target);
    assertEquals(3000, target.argumentCount());
    assertEquals("x".repeat(40), target.argumentString(2999));
    decode("PING").copyTo(target);
    assertEquals(1, target.argumentCount());
    assertEquals("PING", target.argumentString(0));
    ByteBuf owned = target.buffer();
    decode("GET").copyTo(target);
    assertEquals(owned, target.buffer());
    assertEquals("GET", target.argumentString(0));
  }

  private static Request decode(String... arguments) {
    StringBuilder stream = new StringBuilder("*" + arguments.length + "\r\n");
    for (String argument : arguments) {
      stream.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
    }
    Request request = new Request();
    ByteBuf in = Unpooled.wrappedBuffer(bytes(stream.toString()));
    assertTrue(new RequestDecoder(RequestLimits.DEFAULT).decode(in, request));
    return request;
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
