package dev.varve.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.redis.ArrayRedisMessage;
import io.netty.handler.codec.redis.ErrorRedisMessage;
import io.netty.handler.codec.redis.FullBulkStringRedisMessage;
import io.netty.handler.codec.redis.IntegerRedisMessage;
import io.netty.handler.codec.redis.RedisArrayAggregator;
import io.netty.handler.codec.redis.RedisBulkStringAggregator;
import io.netty.handler.codec.redis.RedisDecoder;
import io.netty.handler.codec.redis.RedisEncoder;
import io.netty.handler.codec.redis.RedisMessage;
import io.netty.handler.codec.redis.SimpleStringRedisMessage;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** RESP2 against Netty's codec, written by others: what it encodes we decode, and the other way. */
class NettyCodecRedisTest {

  @Test
  void decodesTheRequestsThatNettyEncodes() {
    Random random = Seed.random("NettyCodecRedisTest.decodesTheRequestsThatNettyEncodes");
    EmbeddedChannel netty = new EmbeddedChannel(new RedisEncoder());
    RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
    Request request = new Request();
    for (int round = 0; round < 1000; round++) {
      List<byte[]> arguments = new ArrayList<>();
      List<RedisMessage> messages = new ArrayList<>();
      for (int i = random.nextInt(1, 20); i > 0; i--) {
        byte[] argument = new byte[random.nextInt(1 << random.nextInt(1, 12))];
        random.nextBytes(argument);
        arguments.add(argument);
        messages.add(new FullBulkStringRedisMessage(Unpooled.wrappedBuffer(argument)));
      }
      netty.writeOutbound(new ArrayRedisMessage(messages));
      ByteBuf in = Unpooled.buffer();
      for (ByteBuf part = netty.readOutbound(); part != null; part = netty.readOutbound()) {
        in.writeBytes(part);
        part.release();
      }
      assertTrue(decoder.decode(in, request));
      assertEquals(0, in.readableBytes());
      assertEquals(
          arguments.stream().map(bytes -> new String(bytes, ISO_8859_1)).toList(),
          List.of(strings(request)));
    }
    netty.finishAndReleaseAll();
  }

  @Test
  void writesRepliesThatNettyDecodes() {
    Random random = Seed.random("NettyCodecRedisTest.writesRepliesThatNettyDecodes");
    for (int round = 0; round < 1000; round++) {
      EmbeddedChannel netty =
          new EmbeddedChannel(
              new RedisDecoder(),
              new RedisBulkStringAggregator(),
              new RedisArrayAggregator(1024, 16));
      ByteBuf out = Unpooled.buffer();
      Reply written =
          new RandomReplies(random, new ReplyWriter(out, ProtocolVersion.RESP2)).write(3);
      netty.writeInbound(out);
      Object read = netty.readInbound();
      assertEquals(written, reply(read));
      ReferenceCountUtil.release(read);
      assertNull(netty.readInbound());
      netty.finishAndReleaseAll();
    }
  }

  private static String[] strings(Request request) {
    String[] arguments = new String[request.argumentCount()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = request.argumentString(i);
    }
    return arguments;
  }

  private static Reply reply(Object message) {
    return switch (message) {
      case SimpleStringRedisMessage string -> new Reply.SimpleString(string.content());
      case ErrorRedisMessage error -> new Reply.SimpleError(error.content());
      case IntegerRedisMessage integer -> new Reply.IntegerValue(integer.value());
      case ArrayRedisMessage array when array.isNull() -> Reply.Null.ARRAY;
      case ArrayRedisMessage array ->
          new Reply.Array(array.children().stream().map(NettyCodecRedisTest::reply).toList());
      case FullBulkStringRedisMessage bulk when bulk.isNull() -> Reply.Null.BULK;
      case FullBulkStringRedisMessage bulk ->
          new Reply.BulkString(bulk.content().toString(ISO_8859_1));
      default -> throw new AssertionError("no message of RESP2: " + message);
    };
  }
}
