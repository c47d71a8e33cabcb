package dev.varve.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

final class RunningScriptTest {
  private final RunningScript script = new RunningScript();

  @Test
  void aScriptThatWaitsForTheRoleIsEndedOnceItRuns() {
    assertEquals("NOTBUSY No scripts in execution right now.", script.kill(false));
    script.givenUp(100);
    assertNull(script.kill(false));
    RunningScript.Run run = script.begin("f", false, List.of(), 200);
    assertEquals(100, run.sinceMillis());
    assertTrue(script.isToEnd(run, 200, 5000));
    script.end();
    assertNotNull(script.kill(false));
    assertFalse(script.isToEnd(script.begin("g", false, List.of(), 300), 300, 5000));
  }

  @Test
  void othersAreToldFromTheThresholdOnSinceTheFirstRun() {
    script.givenUp(100);
    RunningScript.Run run = script.begin("f", true, List.of(), 160);
    assertFalse(script.isToEnd(run, 199, 100));
    assertNull(script.busyLine());
    assertFalse(script.isToEnd(run, 200, 100));
    assertTrue(script.busyLine().contains("FUNCTION KILL"));
    assertTrue(script.kill(false).startsWith("BUSY"));
    run.hasWritten();
    assertTrue(script.kill(true).startsWith("UNKILLABLE"));
    script.end();
    assertNull(script.busyLine());
  }
}
