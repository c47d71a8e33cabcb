package dev.varve.benchmarks.engines;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompareEnginesTest {
  @Test
  void everyWorkloadRunsOnEveryEngine(@TempDir Path directory) throws IOException {
    Path table = directory.resolve("table.md");
    Path chart = directory.resolve("chart.svg");
    int code =
        new CommandLine(new CompareEngines())
            .execute(
                "--quick",
                "--directory",
                directory.resolve("stores").toString(),
                "--output",
                table.toString(),
                "--chart",
                chart.toString());

    assertEquals(0, code);
    List<String> lines = Files.readAllLines(table);
    String drawing = Files.readString(chart);
    for (Workload workload : Workload.values()) {
      assertTrue(
          lines.stream().anyMatch(line -> line.startsWith("| " + workload.option() + " |")),
          workload.option());
      assertTrue(drawing.contains(">" + workload.option() + "<"), workload.option());
    }
  }
}
