package dev.varve.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the hot paths allocate, as the JVM counts it for this thread. */
class AllocationTest {
  private static final int ROUNDS = 20_000;
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  static Stream<ByteBufAllocator> allocators() {
    return Stream.of(ByteBufAllocator.DEFAULT, PooledByteBufAllocator.DEFAULT);
  }

  @ParameterizedTest
  @MethodSource("allocators")
  void decodingAllocatesNothing(ByteBufAllocator allocator) {
    ByteBuf in = allocator.directBuffer();
    String set = "*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$100\r\n" + "v".repeat(100) + "\r\n";
    in.writeCharSequence(set + "INCRBY key 12\r\n" + set, ISO_8859_1);
    RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
    Request request = new Request();
    Request copy = new Request();
    assertAllocatesNothing(
        () -> {
          in.readerIndex(0);
          assertTrue(decoder.decode(in, request));
          request.copyTo(copy);
          assertTrue(decoder.decode(in, request));
          assertTrue(request.isLong(2) && request.longValue(2) == 12);
          assertTrue(decoder.decode(in, request));
          assertFalse(decoder.decode(in, request));
        });
    in.release();
  }

  @ParameterizedTest
  @MethodSource("allocators")
  void writingAllocatesNothing(ByteBufAllocator allocator) {
    ByteBuf out = allocator.directBuffer(4096);
    ReplyWriter writer = new ReplyWriter(out, ProtocolVersion.RESP3);
    byte[] value = new byte[100];
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocate(100);
      assertAllocatesNothing(
          () -> {
            out.clear();
            writer.ok();
            writer.error("ERR syntax error");
            writer.integer(Long.MIN_VALUE);
            writer.mapHeader(2);
            writer.bulk(value);
            writer.bulk(-123456789L);
            writer.bulk("text");
            writer.nullBulk();
            writer.bulk(segment, 1, 99);
          });
    }
    out.release();
  }

  @Test
  void announcedSizesAllocateNothing() {
    ByteBuf in = PooledByteBufAllocator.DEFAULT.directBuffer(256);
    in.writeCharSequence("*2147483647\r\n$536870912\r\nx", ISO_8859_1);
    Request request = new Request();
    RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
    assertFalse(decoder.decode(in, request));
    long before = THREADS.getCurrentThreadAllocatedBytes();
    RequestDecoder measured = new RequestDecoder(RequestLimits.DEFAULT);
    assertFalse(measured.decode(in, request));
    long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(allocated < 1024, () -> allocated + " bytes");
    assertEquals(256, in.capacity());
    in.release();
  }

  /** Once compiled, that is: a round costs nothing then, where an object a round would show. */
  private static void assertAllocatesNothing(Runnable round) {
    long allocated = Long.MAX_VALUE;
    for (int attempt = 0; attempt < 50 && allocated >= ROUNDS; attempt++) {
      long before = THREADS.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < ROUNDS; i++) {
        round.run();
      }
      allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
    }
    long last = allocated;
    assertTrue(last < ROUNDS, () -> last + " bytes in " + ROUNDS + " rounds");
  }
}
