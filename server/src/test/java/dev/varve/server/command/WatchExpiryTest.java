package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import org.junit.jupiter.api.Test;

/** Watched keys that expire, as Redis 7.0.15 takes them (its sources say so, and its tests). */
class WatchExpiryTest {
  private static final String EXECUTED = "*1\r\n+PONG\r\n";
  private static final String REFUSED = "*-1\r\n";

  private final CommandHarness server = new CommandHarness(new FakeEngine(1, 0.5), 1);
  private final Session session = server.connect();
  private final Session other = server.connect();

  private String exec() {
    server.execute(session, "MULTI");
    server.execute(session, "PING");
    return server.execute(session, "EXEC");
  }

  private void setAndLetExpire(String key) {
    server.execute(other, "SET", key, "1", "PX", "100");
    server.advance(100);
  }

  /** DBSIZE has the harness remove what has expired first. */
  private void removeExpired() {
    server.execute(other, "DBSIZE");
  }

  @Test
  void oneThatHasExpiredSinceIsTouchedRemovedOrNot() {
    server.execute(session, "SET", "key", "1", "PX", "100");
    server.execute(session, "WATCH", "key");
    server.advance(100);
    assertEquals(REFUSED, exec());
    server.execute(session, "SET", "key", "1", "PX", "100");
    server.execute(session, "WATCH", "key");
    server.advance(100);
    removeExpired();
    assertEquals(REFUSED, exec());
    assertEquals(EXECUTED, exec());
  }

  @Test
  void oneThatHadExpiredMayBeRemoved() {
    setAndLetExpire("key");
    server.execute(session, "WATCH", "key");
    assertEquals(EXECUTED, exec());
    server.execute(session, "WATCH", "key");
    removeExpired();
    assertEquals(EXECUTED, exec());
  }

  @Test
  void oneThatHadExpiredIsTouchedByWhoSetsItAnew() {
    setAndLetExpire("key");
    server.execute(session, "WATCH", "key");
    server.execute(other, "SET", "key", "2");
    assertEquals(REFUSED, exec());
    setAndLetExpire("key");
    server.execute(session, "WATCH", "key");
    removeExpired();
    server.execute(other, "SET", "key", "2");
    assertEquals(REFUSED, exec());
  }

  @Test
  void oneThatHadExpiredIsNotTouchedByFlushOrSwap() {
    setAndLetExpire("key");
    server.execute(session, "WATCH", "key");
    server.execute(other, "FLUSHDB");
    assertEquals(EXECUTED, exec());
    setAndLetExpire("key");
    server.execute(session, "WATCH", "key");
    server.execute(other, "SWAPDB", "0", "1");
    assertEquals(EXECUTED, exec());
    // What is not there becomes one that has expired.
    server.execute(session, "WATCH", "key");
    server.execute(other, "SWAPDB", "0", "1");
    assertEquals(EXECUTED, exec());
  }
}
