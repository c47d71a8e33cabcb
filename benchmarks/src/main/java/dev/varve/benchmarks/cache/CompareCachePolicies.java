package dev.varve.benchmarks.cache;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Records traces of block uses and prints the hit ratio of cache policies on them, in Markdown. */
@Command(name = "compare-cache-policies", mixinStandardHelpOptions = true, sortOptions = false)
public final class CompareCachePolicies implements Callable<Integer> {
  private static final int QUICK_KEYS = 20_000;
  private static final double[] SHARES = {0.02, 0.05, 0.1, 0.2, 0.4};

  @Option(names = "--keys", description = "keys of the store (default: ${DEFAULT-VALUE})")
  private int keys = 400_000;

  @Option(names = "--lookups", description = "lookups of a trace (${DEFAULT-VALUE})")
  private int lookups = 800_000;

  @Option(names = "--seed", description = "of what is looked up (${DEFAULT-VALUE})")
  private long seed = 1;

  @Option(names = "--quick", description = "little of everything; the figures mean nothing")
  private boolean quick;

  @Option(names = "--directory", required = true, description = "for the store; must not exist")
  private Path directory;

  @Option(names = "--output", description = "a file for the table")
  private Path output;

  /** Makes a policy for a cache that has room for some of the blocks. */
  @FunctionalInterface
  private interface Maker {
    Policy make(int capacity);
  }

  /** Runs with the options that {@code --help} lists. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new CompareCachePolicies()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (quick) {
      keys = QUICK_KEYS;
      lookups = QUICK_KEYS;
    }
    String table;
    try (TraceRecorder recorder = new TraceRecorder(directory, keys, lookups, seed)) {
      int[] sizes = recorder.blockBytes();
      Map<String, Maker> makers = makers(sizes);
      StringBuilder text = new StringBuilder();
      text.append("| trace | cache | ").append(String.join(" | ", makers.keySet())).append(" |\n");
      text.append("|---|---|").append("---|".repeat(makers.size())).append('\n');
      List<BlockTrace> traces =
          List.of(
              recorder.zipf(0.99),
              recorder.zipf(0.8),
              recorder.shiftingZipf(0.99),
              recorder.zipfAndScans(0.99),
              recorder.loop());
      for (BlockTrace trace : traces) {
        for (double share : SHARES) {
          append(text, trace, share, sizes.length, makers);
        }
      }
      table = text.toString();
    }
    System.out.print(table);
    if (output != null) {
      Files.writeString(output, table);
    }
    return 0;
  }

  private static Map<String, Maker> makers(int[] sizes) {
    long blockBytes = Arrays.stream(sizes).asLongStream().sum() / sizes.length;
    Map<String, Maker> makers = new LinkedHashMap<>();
    makers.put("LRU", Lru::new);
    makers.put("CLOCK", Clock::new);
    makers.put("SLRU", SegmentedLru::new);
    makers.put("S3-FIFO", S3Fifo::new);
    makers.put("W-TinyLFU", TinyLfu::new);
    makers.put("the engine's", capacity -> new EngineCache(capacity * blockBytes, sizes));
    return makers;
  }

  private static void append(
      StringBuilder text, BlockTrace trace, double share, int blocks, Map<String, Maker> makers) {
    int capacity = Math.max(1, (int) (share * blocks));
    text.append(String.format(Locale.ROOT, "| %s | %.0f %% |", trace.name(), 100 * share));
    for (Maker maker : makers.values()) {
      try (Policy policy = maker.make(capacity)) {
        text.append(String.format(Locale.ROOT, " %.1f |", 100 * hitRatio(trace, policy)));
      }
    }
    text.append('\n');
  }

  private static double hitRatio(BlockTrace trace, Policy policy) {
    long hits = 0;
    for (int i = 0; i < trace.size(); i++) {
      hits += policy.use(trace.get(i)) ? 1 : 0;
    }
    return (double) hits / trace.size();
  }
}
