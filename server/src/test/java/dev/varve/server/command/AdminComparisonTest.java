package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an administrator's commands answer to every kind of arguments, against Redis. */
final class AdminComparisonTest {
  @TempDir Path directory;

  @Test
  void repliesAndErrorsAreThoseOfRedis() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (String line : (LINES + TRACKING).lines().toList()) {
        String[] words = line.replace("''", "").split(" ", -1);
        assertEquals(redis.execute(words), ours.execute(session, words), line);
      }
    }
  }

  /** Copies of keys; in a block of their own, as they build upon each other. */
  private static final String TRACKING =
      """
      CLIENT TRACKING
      CLIENT TRACKING foo
      CLIENT TRACKING on foo
      CLIENT TRACKING on REDIRECT
      CLIENT TRACKING on REDIRECT x
      CLIENT TRACKING on REDIRECT 99999
      CLIENT TRACKING on PREFIX
      CLIENT TRACKING on PREFIX a
      CLIENT TRACKING on BCAST OPTIN
      CLIENT TRACKING on BCAST OPTOUT
      CLIENT TRACKING on OPTIN OPTOUT
      CLIENT TRACKING on BCAST PREFIX a PREFIX ab
      CLIENT TRACKING on BCAST PREFIX ab PREFIX a
      CLIENT CACHING yes
      CLIENT CACHING
      CLIENT CACHING foo
      CLIENT GETREDIR
      CLIENT GETREDIR x
      CLIENT TRACKINGINFO
      CLIENT TRACKINGINFO x
      CLIENT TRACKING on
      CLIENT TRACKINGINFO
      CLIENT CACHING yes
      CLIENT CACHING no
      CLIENT CACHING foo
      CLIENT GETREDIR
      CLIENT TRACKING on BCAST
      CLIENT TRACKING on OPTIN
      CLIENT TRACKING on OPTOUT
      CLIENT CACHING no
      CLIENT CACHING yes
      CLIENT TRACKINGINFO
      CLIENT TRACKINGINFO
      PING
      CLIENT TRACKINGINFO
      CLIENT TRACKING off
      CLIENT TRACKING off
      CLIENT TRACKING on BCAST
      CLIENT TRACKINGINFO
      CLIENT TRACKING on BCAST
      CLIENT TRACKING on BCAST PREFIX a
      CLIENT TRACKING on
      CLIENT TRACKING off
      CLIENT TRACKING on BCAST PREFIX a PREFIX b NOLOOP
      CLIENT TRACKING on BCAST PREFIX c
      CLIENT TRACKING on BCAST PREFIX ab
      CLIENT TRACKINGINFO
      CLIENT TRACKING off BCAST foo
      CLIENT TRACKING off PREFIX a
      CLIENT TRACKINGINFO
      CLIENT TRACKING on OPTOUT NOLOOP
      CLIENT CACHING no
      CLIENT TRACKINGINFO
      RESET
      CLIENT TRACKINGINFO
      MULTI
      CLIENT TRACKING on
      GET a
      EXEC
      CLIENT TRACKINGINFO
      CLIENT TRACKING off
      COMMAND INFO client|tracking client|caching client|getredir client|trackinginfo
      """;

  private static final String LINES =
      """
      CONFIG SET maxmemory\0 1
      CONFIG SET bo\0gus 1
      SLOWLOG
      SLOWLOG FOO
      SLOWLOG RESET
      SLOWLOG LEN
      SLOWLOG LEN x
      SLOWLOG GET
      SLOWLOG GET -1
      SLOWLOG GET -2
      SLOWLOG GET x
      SLOWLOG GET 1x
      SLOWLOG GET ''
      SLOWLOG GET 9223372036854775807
      SLOWLOG GET 9223372036854775808
      SLOWLOG GET 1 2
      LATENCY
      LATENCY FOO
      LATENCY LATEST
      LATENCY LATEST x
      LATENCY HISTORY
      LATENCY HISTORY x
      LATENCY GRAPH x
      LATENCY GRAPH
      LATENCY RESET x y
      LATENCY RESET
      LATENCY HISTOGRAM blabla
      LATENCY DOCTOR x
      LATENCY HELP x
      MEMORY
      MEMORY FOO
      MEMORY PURGE
      MEMORY PURGE x
      MEMORY USAGE nokey
      MEMORY USAGE nokey SAMPLES
      MEMORY USAGE nokey SAMPLES -1
      MEMORY USAGE nokey SAMPLES x
      MEMORY USAGE nokey SAMPLES 0
      MEMORY USAGE nokey FOO 0
      MEMORY USAGE
      MEMORY DOCTOR x
      MEMORY STATS x
      LOLWUT
      LOLWUT VERSION
      LOLWUT VERSION x
      LOLWUT VERSION 7
      LOLWUT VERSION 7 1
      LOLWUT a b
      CLUSTER
      CLUSTER FOO
      CLUSTER INFO
      CLUSTER INFO x
      CLUSTER HELP
      CLUSTER SLOTS
      CLUSTER KEYSLOT a
      CLUSTER MEET a
      READONLY
      READONLY x
      READWRITE
      ASKING
      ASKING 1
      MODULE
      MODULE FOO
      MODULE LIST
      MODULE LIST x
      MODULE UNLOAD
      FAILOVER
      FAILOVER ABORT
      FAILOVER ABORT x
      FAILOVER TO
      FAILOVER TO a
      FAILOVER TO a b
      FAILOVER TO a 1
      FAILOVER TO a 1 FORCE
      FAILOVER FORCE
      FAILOVER FORCE FORCE
      FAILOVER TIMEOUT
      FAILOVER TIMEOUT 0
      FAILOVER TIMEOUT -1
      FAILOVER TIMEOUT x
      FAILOVER TIMEOUT 1 TIMEOUT 2
      FAILOVER foo
      REPLICAOF NO ONE
      REPLICAOF no one
      REPLICAOF a b
      REPLICAOF a -1
      REPLICAOF a 70000
      REPLICAOF a
      SLAVEOF NO ONE
      SLAVEOF NO
      BGREWRITEAOF x
      WAIT 0 0
      WAIT x 0
      WAIT 0 x
      WAIT 0 -1
      WAIT 1 10
      COMMAND INFO slowlog|get slowlog|len slowlog|help slowlog|reset
      COMMAND INFO latency|graph latency|latest latency|histogram latency|reset latency|doctor
      COMMAND INFO memory|stats memory|usage memory|purge memory|doctor memory|malloc-stats
      COMMAND INFO lolwut replicaof slaveof failover bgrewriteaof readonly readwrite asking
      COMMAND INFO module|list module|load module|loadex module|unload module|help
      COMMAND INFO cluster|info cluster|slots cluster|meet cluster|setslot cluster|keyslot
      """;
}
