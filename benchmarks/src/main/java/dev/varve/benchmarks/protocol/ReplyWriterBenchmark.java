package dev.varve.benchmarks.protocol;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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

/** What writing one of 64 replies into a direct buffer with room costs. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class ReplyWriterBenchmark {
  private static final int PIPELINE = 64;

  @Param Allocator allocator;

  private final byte[] value = new byte[100];
  private Arena arena;
  private MemorySegment segment;
  private ByteBuf out;
  private ReplyWriter writer;

  @Setup(Level.Trial)
  public void allocate() {
    arena = Arena.ofShared();
    segment = arena.allocate(1 << 20);
    out = allocator.get().directBuffer(1 << 16);
    writer = new ReplyWriter(out, ProtocolVersion.RESP2);
  }

  @TearDown(Level.Trial)
  public void release() {
    out.release();
    arena.close();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int ok() {
    out.clear();
    for (int i = 0; i < PIPELINE; i++) {
      writer.ok();
    }
    return out.writerIndex();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int smallInteger() {
    out.clear();
    for (int i = 0; i < PIPELINE; i++) {
      writer.integer(i);
    }
    return out.writerIndex();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int largeInteger() {
    out.clear();
    for (int i = 0; i < PIPELINE; i++) {
      writer.integer(1_234_567_890_123L + i);
    }
    return out.writerIndex();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int bulkOfArray() {
    out.clear();
    for (int i = 0; i < PIPELINE; i++) {
      writer.bulk(value);
    }
    return out.writerIndex();
  }

  @Benchmark
  @OperationsPerInvocation(PIPELINE)
  public int bulkOfSegment() {
    out.clear();
    for (int i = 0; i < PIPELINE; i++) {
      writer.bulk(segment, i * 128L, 100);
    }
    return out.writerIndex();
  }
}
