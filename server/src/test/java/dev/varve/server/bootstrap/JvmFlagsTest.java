package dev.varve.server.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.config.MemoryPlan;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class JvmFlagsTest {
  /** A name that nothing has any more would be passed over by the JVM. */
  @Test
  void methodsThatAreCompiledApartExist() throws Exception {
    for (String method : JvmFlags.APART) {
      String[] names = method.split("::", -1);
      assertTrue(
          Arrays.stream(Class.forName(names[0]).getDeclaredMethods())
              .map(Method::getName)
              .anyMatch(names[1]::equals),
          method);
    }
  }

  @Test
  void onlyTheQuickCompilerHasRoomInLittleMemory() {
    List<String> little = JvmFlags.flags(MemoryPlan.of(128L << 20), 2);
    List<String> more = JvmFlags.flags(MemoryPlan.of(256L << 20), 2);
    assertTrue(little.contains("-XX:TieredStopAtLevel=1"), little::toString);
    assertFalse(little.contains("-XX:CompileThresholdScaling=5"), little::toString);
    List<String> least = JvmFlags.flags(MemoryPlan.of(MemoryPlan.LEAST_TOTAL), 2);
    assertTrue(least.contains("-XX:CompileThresholdScaling=5"), least::toString);
    assertEquals(
        JvmFlags.APART.size(), more.stream().filter(flag -> flag.contains("=dontinline,")).count());
  }

  @Test
  void theHeapIsThePlans() {
    MemoryPlan plan = MemoryPlan.of(512L << 20);
    long mebibytes = plan.heap() >> 20;
    assertTrue(JvmFlags.flags(plan, 2).contains("-Xmx" + mebibytes + "m"));
  }

  /** Else it grows from nearly nothing, and is collected all the time until it has. */
  @Test
  void whatIsNewHasItsWholePartOfTheHeapFromTheStart() {
    MemoryPlan plan = MemoryPlan.of(512L << 20);
    long young = plan.youngHeap() >> 20;
    assertEquals((plan.heap() / (MemoryPlan.OLD_PARTS + 1)) >> 20, young);
    assertTrue(JvmFlags.flags(plan, 2).contains("-Xmn" + young + "m"));
    List<String> little = JvmFlags.flags(MemoryPlan.of(128L << 20), 2);
    assertTrue(little.contains("-XX:NewRatio=" + MemoryPlan.OLD_PARTS), little::toString);
    assertTrue(JvmFlags.flags(MemoryPlan.of(64L << 30), 2).contains("-Xmn64m"));
  }
}
