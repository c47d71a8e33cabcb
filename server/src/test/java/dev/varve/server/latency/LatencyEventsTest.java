package dev.varve.server.latency;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.latency.LatencyEvents.Sample;
import java.util.List;
import org.junit.jupiter.api.Test;

final class LatencyEventsTest {
  private final LatencyEvents events = new LatencyEvents();

  @Test
  void onlyWhatTakesLongIsNoted() {
    events.ended("command", 1, 1000);
    assertEquals(List.of(), events.all());
    events.threshold(10);
    events.ended("command", 1, 9);
    assertNull(events.of("command"));
    events.ended("command", 1, 10);
    assertEquals(List.of(new Sample(1, 10)), events.of("command").samples());
  }

  @Test
  void ofASecondTheSlowestStays() {
    events.threshold(1);
    events.ended("command", 5, 20);
    events.ended("command", 5, 30);
    events.ended("command", 5, 10);
    events.ended("command", 6, 1);
    assertEquals(List.of(new Sample(5, 30), new Sample(6, 1)), events.of("command").samples());
    assertEquals(30, events.of("command").slowestMillis());
  }

  @Test
  void theOldestSecondsGoAndTheSlowestEventIsRemembered() {
    events.threshold(1);
    for (int i = 0; i < 1000; i++) {
      events.ended("command", i, i == 0 ? 500 : 2);
    }
    LatencyEvents.History history = events.of("command");
    assertEquals(160, history.samples().size());
    assertEquals(new Sample(840, 2), history.samples().getFirst());
    assertEquals(new Sample(999, 2), history.last());
    assertEquals(500, history.slowestMillis());
  }

  @Test
  void kindsAreForgottenOneByOneOrAll() {
    events.threshold(1);
    events.ended("b", 1, 1);
    events.ended("a", 1, 1);
    events.ended("c", 1, 1);
    assertEquals("a", events.all().getFirst().name());
    assertTrue(events.reset("a"));
    assertFalse(events.reset("a"));
    assertEquals(2, events.reset());
    assertEquals(List.of(), events.all());
  }
}
