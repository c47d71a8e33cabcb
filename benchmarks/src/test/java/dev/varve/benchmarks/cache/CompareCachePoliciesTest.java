package dev.varve.benchmarks.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CompareCachePoliciesTest {
  private static final int CAPACITY = 100;

  @Test
  void everyPolicyRunsOnEveryTrace(@TempDir Path directory) throws IOException {
    Path table = directory.resolve("table.md");
    int code =
        new CommandLine(new CompareCachePolicies())
            .execute(
                "--quick",
                "--directory",
                directory.resolve("store").toString(),
                "--output",
                table.toString());
    assertEquals(0, code);
    List<String> lines = Files.readAllLines(table);
    assertEquals(2 + 5 * 5, lines.size());
    assertTrue(lines.stream().noneMatch(line -> line.contains("NaN")));
  }

  @Test
  void policiesKeepWhatFits() {
    List<IntFunction<Policy>> makers =
        List.of(Lru::new, Clock::new, SegmentedLru::new, S3Fifo::new, TinyLfu::new);
    for (IntFunction<Policy> maker : makers) {
      Policy policy = maker.apply(CAPACITY);
      for (int i = 0; i < CAPACITY; i++) {
        assertFalse(policy.use(i));
      }
      for (int i = 0; i < CAPACITY; i++) {
        assertTrue(policy.use(i));
      }
    }
  }
}
