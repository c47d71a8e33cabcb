package dev.varve.protocol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Any bytes that a client may send: what is decoded doesn't depend on how they arrive, means the
 * same when encoded again, and takes no more memory than there are bytes. Driven by a fuzzer, see
 * {@code .ci/fuzz}; the tests replay the inputs that were kept.
 *
 * <p>Input: how the client stands, a seed of how the bytes are cut, then the bytes.
 */
class RequestDecoderFuzzTest {
  private static final com.sun.management.ThreadMXBean THREADS =
      (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Heap that decoding may take beside what its input accounts for. */
  private static final long FREE_HEAP = 1 << 20;

  /** What came of some bytes: requests, and the error that ended them or null. */
  private record Outcome(List<List<String>> requests, String error, int left) {}

  @TestFactory
  Stream<DynamicTest> keptInputs() throws IOException {
    return FuzzCorpus.replay(getClass(), RequestDecoderFuzzTest::fuzzerTestOneInput);
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length < 2) {
      return;
    }
    RequestLimits limits =
        switch (data[0] & 3) {
          case 0 -> RequestLimits.DEFAULT;
          case 1 -> RequestLimits.DEFAULT.withAuthenticated(false);
          default -> new RequestLimits(100, 1000, true);
        };
    byte[] bytes = Arrays.copyOfRange(data, 2, data.length);
    Outcome whole = decode(bytes, limits, null);
    assertEquals(whole, decode(bytes, limits, new Random(data[1])));
    checkEncodedAgain(whole.requests);
    checkHeap(bytes, limits);
  }

  /** Decodes bytes that arrive in pieces; all at once if {@code cuts} is null. */
  private static Outcome decode(byte[] bytes, RequestLimits limits, Random cuts) {
    RequestDecoder decoder = new RequestDecoder(limits);
    Request request = new Request();
    List<List<String>> requests = new ArrayList<>();
    ByteBuf in = Unpooled.buffer();
    try {
      int arrived = 0;
      do {
        int piece = cuts == null ? bytes.length : cuts.nextInt(1, 9);
        piece = Math.min(piece, bytes.length - arrived);
        in.discardReadBytes();
        in.writeBytes(bytes, arrived, piece);
        arrived += piece;
        while (decoder.decode(in, request)) {
          requests.add(arguments(request));
        }
      } while (arrived < bytes.length);
      return new Outcome(requests, null, in.readableBytes());
    } catch (ProtocolException e) {
      return new Outcome(requests, e.getMessage(), 0);
    } finally {
      in.release();
    }
  }

  private static List<String> arguments(Request request) {
    List<String> arguments = new ArrayList<>();
    for (int i = 0; i < request.argumentCount(); i++) {
      arguments.add(request.argumentString(i));
    }
    return arguments;
  }

  private static void checkEncodedAgain(List<List<String>> requests) {
    StringBuilder text = new StringBuilder();
    for (List<String> request : requests) {
      text.append('*').append(request.size()).append("\r\n");
      for (String argument : request) {
        text.append('$').append(argument.length()).append("\r\n").append(argument).append("\r\n");
      }
    }
    byte[] encoded = text.toString().getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(new Outcome(requests, null, 0), decode(encoded, RequestLimits.DEFAULT, null));
  }

  /** What is announced but not there takes no memory. */
  private static void checkHeap(byte[] bytes, RequestLimits limits) {
    ByteBuf in = Unpooled.wrappedBuffer(bytes);
    RequestDecoder decoder = new RequestDecoder(limits);
    Request request = new Request();
    long before = THREADS.getCurrentThreadAllocatedBytes();
    try {
      while (decoder.decode(in, request)) {
        assertTrue(request.argumentCount() > 0);
      }
    } catch (ProtocolException e) {
      assertTrue(!e.getMessage().isEmpty());
    }
    long taken = THREADS.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken <= FREE_HEAP + 64L * bytes.length, taken + " bytes for " + bytes.length);
  }
}
