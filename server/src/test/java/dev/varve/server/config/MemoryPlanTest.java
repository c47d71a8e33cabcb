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
  @ValueSource(longs = {96, 100, 128, 179, 191, 192, 256, 512, 1024, 4096, 65536, 1 << 20})
  void partsFitIntoTheWholeBesideTheJvm(long megabytes) {
    MemoryPlan plan = MemoryPlan.of(megabytes << 20);
    long parts =
        plan.heap()
            + plan.network()
            + plan.memtables()
            + plan.uncached()
            + plan.blockCache()
            + plan.rows()
            + plan.tables();
    long jvm = (plan.compilesQuickly() ? 76L : 116L) << 20;
    assertTrue(parts <= plan.total() * 31 / 32 - jvm, plan.toString());
    assertTrue(plan.blockCache() > 0 && plan.tables() > 0, plan.toString());
    assertTrue(plan.memtableBytes() >= 1 << 19, plan.toString());
  }

  /** A longest value is in each of these places on its way, and in some of them more than once. */
  @ParameterizedTest
  @ValueSource(longs = {96, 100, 128, 179, 191, 192, 256, 512, 1024, 4096, 65536, 1 << 20})
  void aLongestValueHasRoomWhereverItComesToBe(long megabytes) {
    MemoryPlan plan = MemoryPlan.of(megabytes << 20);
    long value = plan.maxValueBytes();
    assertTrue(value >= 1 << 19, plan.toString());
    assertTrue(plan.uncached() > value, plan.toString());
    assertTrue(plan.memtables() > MemoryPlan.MEMTABLES * value, plan.toString());
    assertTrue(plan.network() / 2 > value + (1 << 18), plan.toString());
    assertTrue(plan.fetchBytes() > value && plan.batchBytes() > value, plan.toString());
    long old = plan.heap() - plan.heap() / (MemoryPlan.OLD_PARTS + 1);
    assertTrue(old >= (8 << 20) + plan.fetchBytes() + plan.batchBytes(), plan.toString());
  }

  @Test
  void moreMemoryNeverMeansShorterValuesButWhereTheOptimizingCompilerBegins() {
    int before = 0;
    for (long total = MemoryPlan.LEAST_TOTAL; total <= 4L << 30; total += 1 << 20) {
      MemoryPlan plan = MemoryPlan.of(total);
      boolean begins =
          !plan.compilesQuickly() && MemoryPlan.of(total - (1 << 20)).compilesQuickly();
      assertTrue(begins || plan.maxValueBytes() >= before, plan.toString());
      before = plan.maxValueBytes();
    }
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

  /** As of systemd's MemoryMax: the root group has no limit, the one on the way to ours has. */
  @Test
  void leastLimitOfAllGroupsOnTheWayUpCounts() throws Exception {
    write("proc/meminfo", "MemTotal:       8388608 kB\n");
    write("proc/self/cgroup", "0::/system.slice/varve.service\n");
    write("proc/self/mountinfo", "30 23 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw\n");
    write("sys/fs/cgroup/system.slice/varve.service/memory.max", "max\n");
    write("sys/fs/cgroup/system.slice/memory.max", "300000000\n");
    assertEquals(210_000_000, MachineMemory.available(root));
    write("sys/fs/cgroup/system.slice/varve.service/memory.max", "200000000\n");
    assertEquals(140_000_000, MachineMemory.available(root));
    write("sys/fs/cgroup/memory.max", "100000000\n");
    assertEquals(70_000_000, MachineMemory.available(root));
    // Another group's limit isn't ours.
    write("sys/fs/cgroup/system.slice/other.service/memory.max", "1000\n");
    assertEquals(70_000_000, MachineMemory.available(root));
  }

  @Test
  void limitsOfVersionOneCountOnTheWayUp() throws Exception {
    write("proc/meminfo", "MemTotal:       8388608 kB\n");
    write("proc/self/cgroup", "9:name=systemd:/x\n4:cpu,memory:/a b/leaf\n0::/\n");
    write(
        "proc/self/mountinfo",
        """
        31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
        32 31 0:29 / /groups/of\\040memory rw - cgroup cgroup rw,memory
        """);
    write("groups/of memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("groups/of memory/a b/memory.limit_in_bytes", "400000000\n");
    write("groups/of memory/a b/leaf/memory.limit_in_bytes", "9223372036854771712\n");
    assertEquals(280_000_000, MachineMemory.available(root));
  }

  /** Without a namespace of groups, a container's own group is named from the machine's top. */
  @Test
  void containerThatSeesAPartOfTheGroupsFindsItsLimit() throws Exception {
    write("proc/meminfo", "MemTotal:       8388608 kB\n");
    write("proc/self/cgroup", "4:memory:/docker/1234/inner\n");
    write(
        "proc/self/mountinfo",
        "32 31 0:29 /docker/1234 /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n");
    write("sys/fs/cgroup/memory/memory.limit_in_bytes", "500000000\n");
    write("sys/fs/cgroup/memory/inner/memory.limit_in_bytes", "400000000\n");
    assertEquals(280_000_000, MachineMemory.available(root));
    // A group outside of what is mounted tells nothing.
    write("proc/self/cgroup", "4:memory:/../../elsewhere\n");
    assertEquals(350_000_000, MachineMemory.available(root));
  }
}
