package dev.varve.benchmarks.protocol;

import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** What taking one of 64 pipelined requests off a direct buffer costs, and handing it over. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class RequestDecoderBenchmark {
  private static final int PIPELINE = 64;

  @Param Allocator allocator;

  @Param({"get", "set"})
  String command;

  private final RequestDecoder decoder = new RequestDecoder(RequestLimits.DEFAULT);
  private final Request request = new Request();
  private final Request copy = new Request();
  private ByteBuf in;

  @Setup(Level.Trial)
  public void fill() {
    in = allocator.get().directBuffer();
    String get = "*2\r\n$3\r\nGET\r\n$16\r\nkey:000000123456\r\n";
    String set =
        "*3\r\n$3\r\nSET\r\n$16\r\nkey:000000123456\r\n$100\r\n" + "v".repeat(100) + "\r\n";
    for (int i = 0; i < PIPELINE; i++) {
      in.writeCharSequence(command.equals("get") ? get : set, StandardCharsets.US_ASCII);
    }
  }

  @TearDown(Level.Trial)
  public void release() {
    in.release();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public long decode() {
    in.readerIndex(0);
    long sum = 0;
    while (decoder.decode(in, request)) {
      sum += request.argumentCount();
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public long decodeAndRoute() {
    in.readerIndex(0);
    long sum = 0;
    while (decoder.decode(in, request)) {
      sum += request.upperCaseWord(0);
    }
    return sum;
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public long decodeAndCopy() {
    in.readerIndex(0);
    long sum = 0;
    while (decoder.decode(in, request)) {
      request.copyTo(copy);
      sum += copy.byteSize();
    }
    return sum;
  }
}
