package dev.varve.server.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this process may count on. */
public final class MachineMemory {
  private static final long UNKNOWN_MACHINE = 2L << 30;
  private static final int CONTAINER_PERCENT = 70;
  private static final int MACHINE_DIVISOR = 4;

  private MachineMemory() {}

  /**
   * Returns 70 % of the container's limit, or a quarter of the machine's memory if there is none.
   */
  public static long available() {
    return available(Path.of("/"));
  }

  static long available(Path root) {
    long machine = machine(root);
    long limit = ControlGroups.memoryLimit(root);
    return limit < machine ? limit / 100 * CONTAINER_PERCENT : machine / MACHINE_DIVISOR;
  }

  /** Returns the machine's memory. */
  public static long total() {
    return machine(Path.of("/"));
  }

  private static long machine(Path root) {
    try {
      for (String line : Files.readAllLines(root.resolve("proc/meminfo"))) {
        if (line.startsWith("MemTotal:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException | NumberFormatException e) {
      // No Linux: ask the JVM, whose answer costs the start of its management classes.
    }
    return java.lang.management.ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean bean
        ? bean.getTotalMemorySize()
        : UNKNOWN_MACHINE;
  }
}
