package dev.varve.server.metrics;

import dev.varve.server.config.SettingType;
import dev.varve.server.config.Settings;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.CommandStatistics;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** The sections of INFO about commands: how often they ran and failed, and how long they took. */
final class CommandInfo {
  private static final Pattern UNSAFE = Pattern.compile("[#:\r\n]");

  private final InfoSources sources;

  CommandInfo(InfoSources sources) {
    this.sources = sources;
  }

  void errors(InfoLines lines) {
    sources
        .errors()
        .byCode()
        .forEach((code, count) -> lines.add("errorstat_" + inAName(code), "count=" + count));
  }

  /** Scripts choose the codes of their errors: without what ends a name, a line or a section. */
  private static String inAName(String code) {
    return UNSAFE.matcher(code).replaceAll("_");
  }

  void calls(InfoLines lines) {
    for (CommandSpec command : sources.commands().all()) {
      CommandStatistics counted = command.statistics();
      long calls = counted.calls();
      if (calls + counted.rejectedCalls() + counted.failedCalls() > 0) {
        long micros = TimeUnit.NANOSECONDS.toMicros(counted.nanoseconds());
        lines.add(
            "cmdstat_" + command.fullName(),
            String.format(
                Locale.ROOT,
                "calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
                calls,
                micros,
                calls == 0 ? 0.0 : (double) micros / calls,
                counted.rejectedCalls(),
                counted.failedCalls()));
      }
    }
  }

  void latencies(InfoLines lines) {
    for (CommandSpec command : sources.commands().all()) {
      CommandStatistics counted = command.statistics();
      if (!counted.distribution().isEmpty()) {
        lines.add("latency_percentiles_usec_" + command.fullName(), percentiles(counted));
      }
    }
    sources
        .engine()
        .statistics()
        .latencies()
        .forEach(
            (operation, latency) ->
                lines.add(
                    "latency_percentiles_usec_storage_" + operation.name().toLowerCase(Locale.ROOT),
                    percentiles(
                        latency.p50Nanos() / 1000.0,
                        latency.p99Nanos() / 1000.0,
                        latency.p999Nanos() / 1000.0)));
  }

  private String percentiles(CommandStatistics counted) {
    StringBuilder text = new StringBuilder();
    for (double percentile : sources.configuration().get(Settings.LATENCY_PERCENTILES)) {
      text.append(text.isEmpty() ? "p" : ",p");
      text.append(SettingType.Percentiles.text(percentile)).append('=');
      double micros = counted.percentileNanos(percentile) / 1000;
      text.append(String.format(Locale.ROOT, "%.3f", micros));
    }
    return text.toString();
  }

  private static String percentiles(double p50Micros, double p99Micros, double p999Micros) {
    return String.format(
        Locale.ROOT, "p50=%.3f,p99=%.3f,p99.9=%.3f", p50Micros, p99Micros, p999Micros);
  }
}
