package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.ConfigurationException;
import dev.varve.server.config.ConfigurationReader;
import dev.varve.server.config.MemoryPlan;
import java.util.ArrayList;
import java.util.List;

/**
 * The program that tells a launcher how to start the JVM of a server with given arguments: prints
 * one flag a line. A bad configuration ends it as it would end the server.
 */
public final class JvmFlags {
  private static final long MIB = 1 << 20;

  /** Enough for the direct buffers of all files that are being written. */
  private static final long FILE_BUFFERS = 16 * MIB;

  /** What of the heap, in MiB, is there from the start, and grows. */
  private static final long FIRST_HEAP = 16;

  /**
   * On a command's way from the socket to the memtable, where it is compiled in parts: all of it in
   * one takes the compiler 40 MiB, and parts of this size 20.
   */
  static final List<String> APART =
      List.of(
          "dev.varve.server.network.ConnectionRequests::execute",
          "dev.varve.server.network.CommandRunner::runRead",
          "dev.varve.server.writer.StorageThread::execute",
          "dev.varve.storage.engine.LsmEngine::append");

  /** Has the launcher leave the server in the background. */
  private static final String BACKGROUND = "-Dvarve.background=true";

  private JvmFlags() {}

  /** Prints the flags. */
  public static void main(String[] arguments) {
    List<String> given = CommandLineBytes.of(arguments);
    if (given.size() == 1
        && (given.getFirst().startsWith("--")
            || given.getFirst().equals("-v")
            || given.getFirst().equals("-h"))) {
      // The server answers --version and --help itself.
      return;
    }
    try {
      Configuration configuration = ConfigurationReader.read(given);
      flags(configuration.memory(), Runtime.getRuntime().availableProcessors())
          .forEach(System.out::println);
      if (configuration.runsInBackground()) {
        System.out.println(BACKGROUND);
      }
    } catch (ConfigurationException e) {
      System.err.println("varve-server: " + e.getMessage());
      System.exit(ExitCode.CONFIGURATION.code());
    }
  }

  static List<String> flags(MemoryPlan memory, int cores) {
    List<String> flags = new ArrayList<>();
    long heap = memory.heap() / MIB;
    addCollector(memory, cores, flags);
    flags.add("-Xmx" + heap + "m");
    addYoungHeap(memory, flags);
    // Netty's buffers have a limit of their own, below; these are the log's and other files'.
    flags.add("-XX:MaxDirectMemorySize=" + (memory.network() + FILE_BUFFERS) / MIB + "m");
    flags.add("-XX:ReservedCodeCacheSize=48m");
    if (memory.compilesQuickly()) {
      flags.add("-XX:TieredStopAtLevel=1");
      // What compiling leaves to the C library goes back to the system.
      flags.add("-XX:TrimNativeHeapInterval=5000");
      // The archive of classes where it expects to be: else all of it is rewritten, and ours alone.
      flags.add("-XX:+UnlockDiagnosticVMOptions");
      flags.add("-XX:ArchiveRelocationMode=0");
      if (memory.compilesSparingly()) {
        flags.add("-XX:CompileThresholdScaling=5");
        flags.add("-XX:C1MaxInlineSize=15");
        flags.add("-XX:C1MaxInlineLevel=4");
      }
    } else {
      flags.add("-XX:CompileCommand=quiet");
      APART.forEach(method -> flags.add("-XX:CompileCommand=dontinline," + method));
    }
    flags.add("-XX:MaxMetaspaceSize=64m");
    flags.add("-XX:+UseCompactObjectHeaders");
    flags.add("-Xss512k");
    // Ends the process by SIGABRT, which the shell tells as 134: an exit code that is no other's.
    flags.add("-XX:+CrashOnOutOfMemoryError");
    flags.add("-XX:-CreateCoredumpOnCrash");
    flags.add("-XX:+ErrorFileToStderr");
    flags.add("-XX:-UsePerfData");
    flags.add("--enable-native-access=ALL-UNNAMED");
    // Coroutines of scripts are the JDK's own continuations.
    flags.add("--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED");
    flags.add("--sun-misc-unsafe-memory-access=allow");
    flags.add("-Dio.netty.leakDetection.level=disabled");
    flags.add("-Dio.netty.jfr.enabled=false");
    // What is large stays below the network's memory by itself; what is small may go beyond.
    flags.add("-Dio.netty.maxDirectMemory=" + (memory.network() + memory.network() / 4));
    return flags;
  }

  /**
   * Commands wait for collections: two threads need two thirds of the time that one does for what
   * is new, 2.1 ms instead of 3.5. The parts of the heap stay as {@link MemoryPlan} has them, and
   * one that is nearly full is collected for as long as that finds anything.
   */
  private static void addCollector(MemoryPlan memory, int cores, List<String> flags) {
    if (memory.compilesQuickly() || cores == 1) {
      flags.add("-XX:+UseSerialGC");
    } else {
      flags.add("-XX:+UseParallelGC");
      flags.add("-XX:-UseAdaptiveSizePolicy");
      flags.add("-XX:-UseGCOverheadLimit");
    }
  }

  /**
   * Little is new at a time, and a large argument needs its room among what stays. Where memory is
   * scarce the part for what is new grows with the heap, else all of it is there from the start: a
   * part of 4 MiB, as it grew to, was collected ten times a second, for 6 ms each.
   */
  private static void addYoungHeap(MemoryPlan memory, List<String> flags) {
    long heap = memory.heap() / MIB;
    if (memory.compilesQuickly()) {
      flags.add("-Xms" + Math.min(heap, FIRST_HEAP) + "m");
      flags.add("-XX:NewRatio=" + MemoryPlan.OLD_PARTS);
    } else {
      long young = memory.youngHeap() / MIB;
      flags.add("-Xms" + Math.min(heap, FIRST_HEAP + young) + "m");
      flags.add("-Xmn" + young + "m");
    }
  }
}
