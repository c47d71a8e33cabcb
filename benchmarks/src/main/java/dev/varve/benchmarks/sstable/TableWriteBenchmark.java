package dev.varve.benchmarks.sstable;

import dev.varve.storage.sstable.TableProperties;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;

/** Writing a table, syncs included, per entry. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
@Fork(
    value = 1,
    jvmArgsAppend = {"-Xmx512m", "--enable-native-access=ALL-UNNAMED"})
public class TableWriteBenchmark {
  /** The table of the state once more. */
  @Benchmark
  @OperationsPerInvocation(TableState.ENTRIES)
  public TableProperties build(TableState state) throws IOException {
    Path path = state.directory.resolve("000002.sst");
    TableProperties written = state.write(path);
    Files.delete(path);
    return written;
  }
}
