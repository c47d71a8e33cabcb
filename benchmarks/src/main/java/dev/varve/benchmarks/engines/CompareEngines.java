package dev.varve.benchmarks.engines;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Runs LevelDB's workloads over several engines and prints a Markdown table.
 *
 * <p>Each engine has a process of its own for the whole comparison, and waits in it while another
 * one is measured. So none finds code compiled for another's calls, memory that another one's
 * allocator has torn up, or a cache that another one's garbage pushed out; and yet the runs to be
 * compared follow one another within seconds, which matters on a machine whose speed drifts. The
 * order changes from round to round.
 */
@Command(name = "compare-engines", mixinStandardHelpOptions = true, sortOptions = false)
public final class CompareEngines implements Callable<Integer> {
  private static final int QUICK_KEYS = 20_000;
  private static final long QUICK_MILLIS = 40;

  @Option(names = "--keys", description = "keys of the loaded store (default: ${DEFAULT-VALUE})")
  private int keys = 2_000_000;

  @Option(names = "--rounds", description = "rounds to take medians of (${DEFAULT-VALUE})")
  private int rounds = 3;

  @Option(
      names = "--millis",
      description = "how long a workload runs at most, after half of that (${DEFAULT-VALUE})")
  private long millis = 1500;

  @Option(
      names = "--memory-mib",
      description = "memory for buffers of writes and the cache (${DEFAULT-VALUE})")
  private long memoryMib = 512;

  @Option(names = "--engines", split = ",", description = "of: varve, rocksdb-equal, ...")
  private List<String> engineNames = Arrays.stream(Engine.values()).map(Engine::option).toList();

  @Option(names = "--workloads", split = ",", description = "by LevelDB's names")
  private List<String> workloadNames =
      Arrays.stream(Workload.values()).map(Workload::option).toList();

  @Option(names = "--quick", description = "little of everything; the figures mean nothing")
  private boolean quick;

  @Option(names = "--directory", required = true, description = "for the stores")
  private Path directory;

  @Option(names = "--output", description = "a file for the table")
  private Path output;

  @Option(names = "--chart", description = "a file for the chart, SVG")
  private Path chart;

  /** Runs with the options that {@code --help} lists. */
  public static void main(String[] arguments) {
    System.exit(new CommandLine(new CompareEngines()).execute(arguments));
  }

  @Override
  public Integer call() throws IOException {
    if (quick) {
      keys = QUICK_KEYS;
      rounds = 1;
      millis = QUICK_MILLIS;
    }
    List<Engine> engines = engines();
    Results results = new Results(engines);
    Map<Engine, EngineClient> clients = new EnumMap<>(Engine.class);
    try {
      for (Engine engine : engines) {
        Path own = StoreFiles.renew(directory.resolve(engine.option()));
        clients.put(engine, new EngineClient(engine, own, keys, millis, memoryMib));
      }
      compare(clients, results);
    } finally {
      clients.values().forEach(EngineClient::close);
    }
    String report = MarkdownReport.of(results);
    System.out.print(report);
    if (output != null) {
      Files.writeString(output, report);
    }
    if (chart != null) {
      Files.writeString(chart, SvgChart.of(results));
    }
    return 0;
  }

  private List<Engine> engines() {
    return engineNames.stream()
        .map(name -> Engine.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_')))
        .sorted()
        .toList();
  }

  private void compare(Map<Engine, EngineClient> clients, Results results) {
    List<Workload> workloads =
        workloadNames.stream()
            .map(name -> Workload.valueOf(name.toUpperCase(Locale.ROOT)))
            .sorted()
            .toList();
    if (workloads.stream().anyMatch(each -> each.stage() != Workload.Stage.NEW)) {
      clients.values().forEach(EngineClient::load);
    }
    List<Engine> order = new ArrayList<>(clients.keySet());
    for (Workload workload : workloads) {
      for (int round = 0; round < rounds; round++) {
        for (Engine engine : order) {
          Measurement measurement = clients.get(engine).run(workload);
          results.add(workload, engine, measurement);
          System.err.printf(
              Locale.ROOT,
              "%s %s: %.1f thousand a second%n",
              workload.option(),
              engine.option(),
              measurement.operationsPerSecond() / 1000);
        }
        Collections.rotate(order, 1);
      }
    }
  }
}
