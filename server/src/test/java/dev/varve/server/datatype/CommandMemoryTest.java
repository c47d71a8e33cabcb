package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class CommandMemoryTest {
  private long nanos;
  private final CommandMemory memory = new CommandMemory(100, () -> nanos);
  private final List<String> granted = new ArrayList<>();

  @Test
  void grantsInOrderAndNoMoreThanThereIs() {
    assertTrue(memory.take(60, () -> granted.add("never")));
    assertFalse(memory.take(70, () -> granted.add("first")));
    // It would fit, but somebody waits for longer.
    assertFalse(memory.take(20, () -> granted.add("second")));
    assertEquals(List.of(), granted);
    memory.give(60);
    assertEquals(List.of("first", "second"), granted);
    assertEquals(90, memory.used());
    memory.give(70);
    memory.give(20);
    assertEquals(0, memory.used());
  }

  @Test
  void refusesWhatWillNeverFit() {
    assertThrows(CommandMemory.ExceededException.class, () -> memory.take(101, () -> {}));
    assertTrue(memory.take(100, () -> {}));
  }

  @Test
  void mayBeGivenBackByWhoIsGranted() {
    assertTrue(memory.take(100, () -> {}));
    assertFalse(
        memory.take(
            100,
            () -> {
              granted.add("first");
              memory.give(100);
            }));
    assertFalse(memory.take(100, () -> granted.add("second")));
    memory.give(100);
    assertEquals(List.of("first", "second"), granted);
  }

  @Test
  void tellsForHowLongSomebodyHasWaited() {
    assertTrue(memory.take(60, () -> {}));
    nanos = 10;
    assertFalse(memory.isWaitedForSince(5));
    assertFalse(memory.take(60, () -> {}));
    nanos = 15;
    assertFalse(memory.isWaitedForSince(5));
    nanos = 16;
    assertTrue(memory.isWaitedForSince(5));
    memory.give(60);
    assertFalse(memory.isWaitedForSince(5));
  }
}
