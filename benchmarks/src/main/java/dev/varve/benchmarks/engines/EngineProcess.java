package dev.varve.benchmarks.engines;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A process that holds one engine and does what standard input says, a line at a time: {@code
 * load}, the name of a workload, or {@code quit}. Each is answered by a line that begins with
 * {@code done}.
 */
public final class EngineProcess {
  private EngineProcess() {}

  /** Runs with {@code ENGINE DIRECTORY KEYS MILLISECONDS BUDGET_MIB}. */
  public static void main(String[] arguments) throws IOException {
    Engine engine = Engine.valueOf(arguments[0]);
    WorkloadRunner.Settings settings =
        new WorkloadRunner.Settings(
            engine,
            Path.of(arguments[1]),
            Integer.parseInt(arguments[2]),
            Long.parseLong(arguments[3]),
            Long.parseLong(arguments[4]) << 20);
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (WorkloadRunner runner = new WorkloadRunner(settings)) {
      for (String line = commands.readLine(); line != null; line = commands.readLine()) {
        if (line.equals("quit")) {
          break;
        } else if (line.equals("load")) {
          runner.load();
          System.out.println("done");
        } else {
          System.out.println("done " + runner.run(Workload.valueOf(line)).format());
        }
      }
    }
  }
}
