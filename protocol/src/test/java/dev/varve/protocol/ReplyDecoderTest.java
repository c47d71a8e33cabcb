package dev.varve.protocol;

import static dev.varve.protocol.ProtocolVersion.RESP2;
import static dev.varve.protocol.ProtocolVersion.RESP3;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class ReplyDecoderTest {

  @ParameterizedTest
  @EnumSource
  void readsBackWhatTheWriterWrites(ProtocolVersion version) {
    Random random = Seed.random("ReplyDecoderTest.readsBackWhatTheWriterWrites");
    for (int round = 0; round < 300; round++) {
      ByteBuf out = Unpooled.buffer();
      RandomReplies replies = new RandomReplies(random, new ReplyWriter(out, version));
      List<Reply> written = new ArrayList<>();
      for (int i = random.nextInt(1, 10); i > 0; i--) {
        written.add(replies.write(3));
      }
      ReplyDecoder decoder = new ReplyDecoder(version);
      ByteBuf in = Unpooled.buffer();
      List<Reply> read = new ArrayList<>();
      while (out.isReadable()) {
        in.writeBytes(out, Math.min(out.readableBytes(), random.nextInt(1, 20)));
        for (Reply reply = decoder.decode(in); reply != null; reply = decoder.decode(in)) {
          read.add(reply);
        }
        in.discardReadBytes();
      }
      assertEquals(written, read);
      assertEquals(0, in.readableBytes());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "OK\r\n",
        "+OK\n",
        "+O\rK\r\n",
        ":\r\n",
        ":1x\r\n",
        ":+1\r\n",
        "$-2\r\n",
        "$01\r\n",
        "$2\r\nabcd",
        "$1\r\na\n\r",
        "*-2\r\n",
        "*2147483648\r\n",
        "_\r\n",
        "#t\r\n",
        ",1.5\r\n",
        "%1\r\n",
        "~1\r\n",
        ">1\r\n",
        "(1\r\n",
        "=5\r\ntxt:a\r\n"
      })
  void refusesWhatIsNoResp2(String bytes) {
    assertRefused(RESP2, bytes);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "$-1\r\n",
        "*-1\r\n",
        "_x\r\n",
        "#x\r\n",
        "#\r\n",
        ",\r\n",
        ",1.\r\n",
        ",0x1p3\r\n",
        ",Infinity\r\n",
        ",1d\r\n",
        "(1.5\r\n",
        "(\r\n",
        "=3\r\ntxt\r\n",
        "=5\r\ntxt-a\r\n",
        "~2\r\n+a\r\n+a\r\n",
        "%2\r\n+a\r\n:1\r\n+a\r\n:2\r\n",
        "|1\r\n+a\r\n+b\r\n",
        "%-1\r\n"
      })
  void refusesWhatIsNoResp3(String bytes) {
    assertRefused(RESP3, bytes);
  }

  @Test
  void refusesEndlessNesting() {
    assertRefused(RESP2, "*1\r\n".repeat(200));
  }

  @Test
  void holdsNothingForWhatIsMerelyAnnounced() {
    ByteBuf in = Unpooled.copiedBuffer("*2147483645\r\n$2147483645\r\nx", ISO_8859_1);
    assertNull(new ReplyDecoder(RESP2).decode(in));
  }

  private static void assertRefused(ProtocolVersion version, String bytes) {
    ByteBuf in = Unpooled.copiedBuffer(bytes, ISO_8859_1);
    assertThrows(ProtocolException.class, () -> new ReplyDecoder(version).decode(in));
  }
}
