package dev.varve.benchmarks.sstable;

import dev.varve.storage.base.EntryReference;
import dev.varve.storage.iterator.EntryCursor;
import java.lang.foreign.ValueLayout;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Lookups and walks in one table, per lookup and per entry. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx512m", "--enable-native-access=ALL-UNNAMED"})
public class TableReadBenchmark {
  /** What each thread has for itself. */
  @State(Scope.Thread)
  public static class Reader {
    private final byte[] key = new byte[16];
    private final EntryReference out = new EntryReference();
    private long random = 88172645463325252L;

    private int next() {
      random ^= random << 13;
      random ^= random >>> 7;
      random ^= random << 17;
      return (int) Long.remainderUnsigned(random, TableState.ENTRIES);
    }
  }

  /** A random key that is there. */
  @Benchmark
  public long getHit(TableState state, Reader reader) {
    TableState.key(reader.key, 2L * reader.next());
    if (state.table.get(reader.key, 0, 16, Long.MAX_VALUE, true, reader.out)
        != EntryReference.FOUND) {
      throw new AssertionError("a key is missing");
    }
    long first = reader.out.valueSegment().get(ValueLayout.JAVA_BYTE, reader.out.valueOffset());
    reader.out.release();
    return first;
  }

  /** A random key that is not there. */
  @Benchmark
  public int getMiss(TableState state, Reader reader) {
    TableState.key(reader.key, 2L * reader.next() + 1);
    return state.table.get(reader.key, 0, 16, Long.MAX_VALUE, true, reader.out);
  }

  /** Making up the key alone, which the two above do too. */
  @Benchmark
  public byte[] keyOnly(Reader reader) {
    TableState.key(reader.key, 2L * reader.next());
    return reader.key;
  }

  /** The whole table forward; per entry. */
  @Benchmark
  @OperationsPerInvocation(TableState.ENTRIES)
  public long scan(TableState state) {
    long sum = 0;
    try (EntryCursor cursor = state.table.cursor(true)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        sum += cursor.key()[15] + cursor.valueLength();
      }
    }
    return sum;
  }

  /** The whole table backward; per entry. */
  @Benchmark
  @OperationsPerInvocation(TableState.ENTRIES)
  public long scanBackward(TableState state) {
    long sum = 0;
    try (EntryCursor cursor = state.table.cursor(true)) {
      for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
        sum += cursor.key()[15] + cursor.valueLength();
      }
    }
    return sum;
  }

  /** A seek to a random key with a new cursor. */
  @Benchmark
  public long seek(TableState state, Reader reader) {
    TableState.key(reader.key, 2L * reader.next());
    try (EntryCursor cursor = state.table.cursor(true)) {
      cursor.seek(reader.key, 0, 16, Long.MAX_VALUE);
      return cursor.valueLength();
    }
  }
}
