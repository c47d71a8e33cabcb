package dev.varve.benchmarks.engines;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** All measurements of a comparison: of each workload and engine one a round. */
final class Results {
  private final List<Engine> engines;
  private final Map<Workload, Map<Engine, List<Measurement>>> all = new EnumMap<>(Workload.class);

  Results(List<Engine> engines) {
    this.engines = List.copyOf(engines);
  }

  void add(Workload workload, Engine engine, Measurement measurement) {
    all.computeIfAbsent(workload, _ -> new EnumMap<>(Engine.class))
        .computeIfAbsent(engine, _ -> new ArrayList<>())
        .add(measurement);
  }

  List<Engine> engines() {
    return engines;
  }

  List<Workload> workloads() {
    return List.copyOf(all.keySet());
  }

  /** The round whose rate is the median of all rounds', the lower of two in the middle. */
  Measurement median(Workload workload, Engine engine) {
    List<Measurement> rounds = new ArrayList<>(all.get(workload).get(engine));
    rounds.sort(Comparator.comparingDouble(Measurement::operationsPerSecond));
    return rounds.get((rounds.size() - 1) / 2);
  }

  /** How many times as fast as another one an engine is, by medians. */
  double ratio(Workload workload, Engine engine, Engine base) {
    return median(workload, engine).operationsPerSecond()
        / median(workload, base).operationsPerSecond();
  }

  /** The geometric mean of {@link #ratio} over all workloads. */
  double meanRatio(Engine engine, Engine base) {
    double logs = 0;
    for (Workload workload : all.keySet()) {
      logs += Math.log(ratio(workload, engine, base));
    }
    return Math.exp(logs / all.size());
  }
}
