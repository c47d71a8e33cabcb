package dev.varve.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.AclLog.Place;
import dev.varve.server.dispatch.AclLog.Reason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AclLogTest {
  private long now = 1_000_000;
  private final AclLog log = new AclLog(() -> Instant.ofEpochMilli(now), 3);
  private final Session session =
      new Session(
          7, new Session.Place("1.2.3.4:5", "here", false, 1), 0, new User("ada", null), true);

  private void refuse(String object) {
    log.add(session, Reason.KEY, Place.TOPLEVEL, object, "ada");
  }

  private List<String> entries() {
    return log.latest(10).stream().map(entry -> entry.object() + entry.count()).toList();
  }

  @Test
  void alikeEventsWithinAMinuteAreOneEntry() {
    refuse("a");
    refuse("b");
    now += 60_000;
    refuse("a");
    assertEquals(List.of("a2", "b1"), entries());
    now += 60_001;
    refuse("a");
    assertEquals(List.of("a1", "a2", "b1"), entries());
    log.add(session, Reason.KEY, Place.LUA, "a", "ada");
    assertEquals(List.of("a1", "a1", "a2"), entries());
    assertEquals(5, log.count(Reason.KEY));
    assertEquals(0, log.count(Reason.AUTH));
  }

  @Test
  void itsLengthIsBounded() {
    for (String object : List.of("a", "b", "c", "d")) {
      refuse(object);
    }
    assertEquals(List.of("d1", "c1", "b1"), entries());
    log.most(0);
    refuse("e");
    assertEquals(List.of(), entries());
    log.most(3);
    refuse("f");
    log.clear();
    assertEquals(List.of(), entries());
  }

  /** Two hundred wrong names of a megabyte each ended a small server. */
  @Test
  void itsBytesAreBoundedHoweverLongTheTextsAre() {
    log.most(Long.MAX_VALUE);
    for (int i = 0; i < 100; i++) {
      refuse((char) ('a' + i % 26) + "x".repeat(1_000_000));
    }
    long chars = log.latest(100).stream().mapToLong(entry -> entry.object().length()).sum();
    assertTrue(chars <= 2 << 20, chars + " chars");
    assertTrue(chars >= 1 << 20, chars + " chars");
    assertEquals(100, log.count(Reason.KEY));
    for (int i = 0; i < 20_000; i++) {
      refuse("key" + i);
    }
    List<String> newest = entries().subList(0, 2);
    assertEquals(List.of("key199991", "key199981"), newest);
    int kept = log.latest(Long.MAX_VALUE).size();
    assertTrue(kept < 15_000, kept + " entries");
    log.clear();
    refuse("a");
    assertEquals(List.of("a1"), entries());
  }

  @Test
  void entriesTellOfTheConnection() {
    refuse("a");
    String client = log.latest(1).getFirst().client();
    assertTrue(client.startsWith("id=7 addr=1.2.3.4:5 "), client);
    assertTrue(client.contains(" user=ada "), client);
  }
}
