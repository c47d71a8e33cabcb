package dev.varve.benchmarks.engines;

import java.util.Formatter;
import java.util.Locale;

/** A comparison as Markdown. */
final class MarkdownReport {
  private final Results results;
  private final StringBuilder text = new StringBuilder();
  private final Formatter out = new Formatter(text, Locale.ROOT);

  private MarkdownReport(Results results) {
    this.results = results;
  }

  static String of(Results results) {
    MarkdownReport report = new MarkdownReport(results);
    report.addRates();
    if (report.hasRatio()) {
      report.addLatencies();
    }
    return report.text.toString();
  }

  private boolean hasRatio() {
    return results.engines().contains(Engine.VARVE)
        && results.engines().contains(Engine.ROCKSDB_EQUAL);
  }

  private void addRates() {
    text.append("| thousand operations a second |");
    results.engines().forEach(engine -> text.append(' ').append(engine.title()).append(" |"));
    text.append(hasRatio() ? " Varve / RocksDB, equal |\n|---|" : "\n|---|");
    text.append("---:|".repeat(results.engines().size() + (hasRatio() ? 1 : 0))).append('\n');
    for (Workload workload : results.workloads()) {
      text.append("| ").append(workload.option()).append(" |");
      for (Engine engine : results.engines()) {
        out.format(" %s |", thousands(results.median(workload, engine).operationsPerSecond()));
      }
      if (hasRatio()) {
        out.format(" %.2f |", results.ratio(workload, Engine.VARVE, Engine.ROCKSDB_EQUAL));
      }
      text.append('\n');
    }
    if (hasRatio()) {
      text.append("| **geometric mean** |").append(" |".repeat(results.engines().size()));
      out.format(" **%.2f** |\n", results.meanRatio(Engine.VARVE, Engine.ROCKSDB_EQUAL));
    }
  }

  private static String thousands(double rate) {
    return String.format(Locale.ROOT, rate >= 100_000 ? "%,.0f" : "%.1f", rate / 1000);
  }

  private void addLatencies() {
    text.append(
        """

        | microseconds | Varve mean | p50 | p99 | p99.9 | heap B/op | RocksDB mean | p50 | p99 | p99.9 | heap B/op |
        |---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|
        """);
    for (Workload workload : results.workloads()) {
      text.append("| ").append(workload.option()).append(" |");
      addLatencies(results.median(workload, Engine.VARVE));
      addLatencies(results.median(workload, Engine.ROCKSDB_EQUAL));
      text.append('\n');
    }
  }

  private void addLatencies(Measurement measurement) {
    out.format(
        " %.2f | %.2f | %.2f | %.2f | %.0f |",
        1e6 / measurement.operationsPerSecond(),
        measurement.p50Nanos() / 1e3,
        measurement.p99Nanos() / 1e3,
        measurement.p999Nanos() / 1e3,
        measurement.heapBytesPerOperation());
  }
}
