package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** What commands do to their connection, and what Redis has no counterpart of. */
final class SessionCommandTest {
  private final CommandHarness server = new CommandHarness(new FakeEngine(1, 0), 1);
  private final Session session = server.connect();

  @Test
  void repliesComeAsTheClientWantsThem() {
    assertEquals("+PONG\r\n", server.execute(session, "PING"));
    assertEquals("", server.execute(session, "CLIENT", "REPLY", "SKIP"));
    assertEquals("", server.execute(session, "PING"));
    assertEquals("+PONG\r\n", server.execute(session, "PING"));
    assertEquals("", server.execute(session, "CLIENT", "REPLY", "OFF"));
    assertEquals("", server.execute(session, "PING"));
    assertEquals("", server.execute(session, "CLIENT", "REPLY", "SKIP"));
    assertEquals("", server.execute(session, "PING"));
    assertEquals("+OK\r\n", server.execute(session, "CLIENT", "REPLY", "ON"));
    assertEquals("+PONG\r\n", server.execute(session, "PING"));
  }

  /** RESET answered though its reply was not wanted. */
  @Test
  void resetBehindReplySkipIsNotAnswered() {
    assertEquals("", server.execute(session, "CLIENT", "REPLY", "SKIP"));
    assertEquals("", server.execute(session, "RESET"));
    assertEquals("+PONG\r\n", server.execute(session, "PING"));
    assertEquals("", server.execute(session, "CLIENT", "REPLY", "OFF"));
    assertEquals("+RESET\r\n", server.execute(session, "RESET"));
    assertEquals("+PONG\r\n", server.execute(session, "PING"));
  }

  @Test
  void helloAnswersInTheVersionThatItChose() {
    assertTrue(server.execute(session, "HELLO", "3").startsWith("%7\r\n"));
    assertEquals("_\r\n", server.execute(session, "GET", "a"));
    assertEquals("+RESET\r\n", server.execute(session, "RESET"));
    assertEquals("$-1\r\n", server.execute(session, "GET", "a"));
  }

  /** 150 names of a megabyte ended a small server. */
  @Test
  void namesThatAConnectionHoldsHaveALimit() {
    String longest = "n".repeat(512);
    assertEquals("+OK\r\n", server.execute(session, "CLIENT", "SETNAME", longest));
    String refusal = "-ERR Client names cannot be longer than 512 bytes.\r\n";
    assertEquals(refusal, server.execute(session, "CLIENT", "SETNAME", longest + "n"));
    assertEquals(refusal, server.execute(session, "HELLO", "3", "SETNAME", longest + "n"));
    assertEquals("$512\r\n" + longest + "\r\n", server.execute(session, "CLIENT", "GETNAME"));
    for (String attribute : new String[] {"lib-name", "LIB-VER"}) {
      assertEquals("+OK\r\n", server.execute(session, "CLIENT", "SETINFO", attribute, longest));
      assertEquals(
          "-ERR " + attribute + " cannot be longer than 512 bytes.\r\n",
          server.execute(session, "CLIENT", "SETINFO", attribute, longest + "n"));
    }
  }

  @Test
  void quitAndKillingItselfEndTheConnectionBehindTheReply() {
    Session other = server.connect();
    assertEquals("+OK\r\n", server.execute(session, "QUIT"));
    assertTrue(session.closeAfterReply());
    assertEquals(
        ":1\r\n", server.execute(other, "CLIENT", "KILL", "ID", "" + other.id(), "SKIPME", "no"));
    assertTrue(other.closeAfterReply());
  }

  @Test
  void whoAsksForTheListHasARequestInTheQueryBuffer() {
    server.connect();
    List<String> lines = server.execute(session, "CLIENT", "LIST").lines().toList();
    assertTrue(lines.get(1).contains(" qbuf=26 "), lines.get(1));
    assertTrue(lines.get(2).contains(" qbuf=0 "), lines.get(2));
    String info = server.execute(session, "CLIENT", "INFO");
    assertTrue(info.contains(" qbuf=26 "), info);
  }

  @Test
  void clientListTellsOfEachConnection() {
    server.execute(session, "CLIENT", "SETNAME", "one");
    server.execute(session, "CLIENT", "SETINFO", "LIB-NAME", "jedis");
    server.execute(session, "SELECT", "3");
    String list = server.execute(session, "CLIENT", "LIST");
    assertTrue(list.contains("id=1 addr=127.0.0.1:40001 laddr=127.0.0.1:6379 "), list);
    assertTrue(list.contains(" fd=1 "), list);
    assertTrue(list.contains(" name=one ") && list.contains(" db=3 "), list);
    assertTrue(list.contains(" cmd=client|list ") && list.contains(" lib-name=jedis "), list);
  }

  @Test
  void tooLongKeysAndValuesAreRefused() {
    String key = "k".repeat(CommandHarness.MAX_KEY_BYTES + 1);
    String value = "v".repeat(CommandHarness.MAX_VALUE_BYTES + 1);
    assertEquals(
        "-ERR key of 1025 bytes is longer than the 1024 that a key may have (see max-key-bytes)\r\n",
        server.execute(session, "SET", key, "v"));
    assertEquals("$-1\r\n", server.execute(session, "GET", key));
    assertTrue(server.execute(session, "MSET", "a", "1", "b", value).startsWith("-ERR value of "));
    assertEquals("$-1\r\n", server.execute(session, "GET", "a"));
    assertEquals(
        "-ERR string exceeds maximum allowed size (proto-max-bulk-len)\r\n",
        server.execute(session, "SETRANGE", "a", "99999999999", "v"));
    assertEquals(":0\r\n", server.execute(session, "DBSIZE"));
  }

  @Test
  void tellsHowKeysAreKeptAsFarAsItIsTracked() {
    server.execute(session, "SET", "key", "value");
    assertEquals(":1\r\n", server.execute(session, "OBJECT", "REFCOUNT", "key"));
    server.advance(3000);
    server.execute(session, "TTL", "key");
    server.execute(session, "TYPE", "key");
    server.execute(session, "EXISTS", "key");
    assertEquals(":3\r\n", server.execute(session, "OBJECT", "IDLETIME", "key"));
    server.execute(session, "TOUCH", "key");
    assertEquals(":0\r\n", server.execute(session, "OBJECT", "IDLETIME", "key"));
    server.advance(2000);
    server.execute(session, "MGET", "key", "b", "c", "d");
    assertEquals(":0\r\n", server.execute(session, "OBJECT", "IDLETIME", "key"));
    assertEquals("$-1\r\n", server.execute(session, "OBJECT", "IDLETIME", "missing"));
    // Keyspace and database, the key, the header, the value; with a deadline twice the key.
    assertEquals(":14\r\n", server.execute(session, "MEMORY", "USAGE", "key"));
    server.execute(session, "EXPIRE", "key", "100");
    assertEquals(":38\r\n", server.execute(session, "MEMORY", "USAGE", "key"));
  }

  @Test
  void keysOfTooManyAreRefusedBeforeTheyAreAnswered() {
    String key = "k".repeat(CommandHarness.MAX_KEY_BYTES - 4);
    for (int i = 0; i < 1100; i++) {
      server.execute(session, "SET", String.format(Locale.ROOT, "%04d%s", i, key), "");
    }
    assertTrue(server.execute(session, "KEYS", "00*").startsWith("*100\r\n$1024\r\n"));
    assertEquals(
        "-ERR the keys that match take more than the 1048576 bytes that a reply may have"
            + " (see client-output-limit): use SCAN\r\n",
        server.execute(session, "KEYS", "*"));
  }

  @Test
  void nothingWaitsForReplicas() {
    assertEquals(":0\r\n", server.execute(session, "WAIT", "3", "0"));
    assertTrue(server.execute(session, "ROLE").startsWith("*3\r\n$6\r\nmaster\r\n:"));
  }

  @Test
  void everyCommandIsFound() {
    for (CommandSpec command : server.commands().all()) {
      assertEquals(command, server.commands().find(command.fullName().toUpperCase(Locale.ROOT)));
      assertTrue(command.handler() != null || !command.subcommands().isEmpty(), command.fullName());
    }
    assertTrue(server.execute(session, "COMMAND").startsWith("*"));
    assertTrue(server.execute(session, "COMMAND", "DOCS").startsWith("*"));
  }
}
