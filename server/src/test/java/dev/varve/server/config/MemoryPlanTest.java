package dev.varve.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPlanTest {
  @TempDir Path root;

  @ParameterizedTest
  @ValueSource(longs = {128, 179, 256, 512, 1024, 4096, 65536, 1 << 20})
  void partsFitIntoTheWhole(long megabytes) {
    MemoryPlan plan = MemoryPlan.of(megabytes << 20);
    long parts =
        plan.heap() + plan.network() + plan.memtables() + plan.blockCache() + plan.tables();
    assertTrue(parts <= plan.total() * 15 / 16, plan.toString());
    assertTrue(plan.memtableBytes() >= 1 << 20, plan.toString());
    assertTrue(plan.maxValueBytes() >= 1 << 20, plan.toString());
  }

  private void write(String path, String text) throws Exception {
    Path file = root.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void containerLimitOfEitherVersionCounts() throws Exception {
    write("proc/meminfo", "MemTotal:       8388608 kB\nMemFree: 1 kB\n");
    assertEquals(2L << 30, MachineMemory.available(root));
    write("sys/fs/cgroup/memory.max", "max\n");
    assertEquals(2L << 30, MachineMemory.available(root));
    write("sys/fs/cgroup/memory.max", "1000000000\n");
    assertEquals(700_000_000, MachineMemory.available(root));
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "500000000\n");
    assertEquals(350_000_000, MachineMemory.available(root));
  }
}
