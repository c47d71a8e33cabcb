package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.bootstrap.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What users may do, over connections. */
@Timeout(120)
class AclTest {
  private static final Reply OK = new Reply.SimpleString("OK");
  private static final Reply QUEUED = new Reply.SimpleString("QUEUED");
  private static final Reply NO_KEY =
      new Reply.SimpleError(
          "NOPERM this user has no permissions to access one of the keys used as arguments");

  @TempDir Path directory;

  private static Reply text(String value) {
    return new Reply.BulkString(value);
  }

  private static Reply noCommand(String name) {
    return new Reply.SimpleError(
        "NOPERM this user has no permissions to run the '" + name + "' command");
  }

  private static String error(Reply reply) {
    return ((Reply.SimpleError) reply).text();
  }

  private static void setUser(TestClient admin, String... words) throws IOException {
    String[] request = new String[words.length + 2];
    request[0] = "ACL";
    request[1] = "SETUSER";
    System.arraycopy(words, 0, request, 2, words.length);
    assertEquals(OK, admin.call(request));
  }

  private static void logIn(TestClient client, String name) throws IOException {
    assertEquals(OK, client.call("AUTH", name, "any"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aUserMayDoWhatTheRulesSayFromTheNextCommandOn(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~a:*", "%R~b:*", "+get", "+set", "+acl|whoami");
      logIn(client, "ada");
      assertEquals(text("ada"), client.call("ACL", "WHOAMI"));
      assertEquals(OK, client.call("SET", "a:1", "1"));
      assertEquals(text("1"), client.call("GET", "a:1"));
      assertEquals(Reply.Null.BULK, client.call("GET", "b:1"));
      assertEquals(NO_KEY, client.call("SET", "b:1", "1"));
      assertEquals(NO_KEY, client.call("GET", "c"));
      assertEquals(noCommand("del"), client.call("DEL", "a:1"));
      assertEquals(noCommand("acl|list"), client.call("ACL", "LIST"));
      setUser(admin, "ada", "+del");
      assertEquals(new Reply.IntegerValue(1), client.call("DEL", "a:1"));
      assertEquals(2, admin.info("acl_access_denied_cmd"));
      assertEquals(2, admin.info("acl_access_denied_key"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void aTransactionIsCheckedWhenItIsQueuedAndWhenItRuns(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~a", "+@all");
      logIn(client, "ada");
      assertEquals(OK, client.call("MULTI"));
      assertEquals(NO_KEY, client.call("SET", "b", "1"));
      assertTrue(error(client.call("EXEC")).startsWith("EXECABORT"));
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("SET", "a", "1"));
      assertEquals(QUEUED, client.call("INCR", "a"));
      assertEquals(QUEUED, client.call("CONFIG", "GET", "port"));
      setUser(admin, "ada", "-incr", "-config|get");
      List<Reply> replies = ((Reply.Array) client.call("EXEC")).values();
      assertEquals(OK, replies.get(0));
      String refused =
          "NOPERM ACLs rules changed between the moment the transaction was accumulated and the"
              + " EXEC call. This command is no longer allowed for the following reason: no"
              + " permission to execute the command or subcommand";
      assertEquals(refused, error(replies.get(1)));
      assertEquals(refused, error(replies.get(2)));
      assertEquals(text("1"), admin.call("GET", "a"));
      assertEquals(3, admin.info("acl_access_denied_cmd") + admin.info("acl_access_denied_key"));
    }
  }

  @Test
  void whoLogsInWithinATransactionIsSomebodyElseFromThere() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~a", "+@all");
      assertEquals(OK, client.call("MULTI"));
      assertEquals(QUEUED, client.call("SET", "b", "1"));
      assertEquals(QUEUED, client.call("AUTH", "ada", "x"));
      assertEquals(QUEUED, client.call("SET", "b", "2"));
      List<Reply> replies = ((Reply.Array) client.call("EXEC")).values();
      assertEquals(List.of(OK, OK), replies.subList(0, 2));
      assertTrue(error(replies.get(2)).endsWith("no permission to touch the specified keys"));
      assertEquals(text("ada"), client.call("ACL", "WHOAMI"));
      assertEquals(text("1"), admin.call("GET", "b"));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void whatHasWaitedIsCheckedAgain(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~*", "+@all");
      logIn(client, "ada");
      client.send("BLPOP", "list", "0");
      while (admin.info("blocked_clients") != 1) {
        Thread.onSpinWait();
      }
      setUser(admin, "ada", "resetkeys");
      admin.call("RPUSH", "list", "x");
      assertEquals(NO_KEY, client.read());
      assertEquals(new Reply.IntegerValue(1), admin.call("LLEN", "list"));
      assertEquals(0, admin.info("blocked_clients"));
    }
  }

  @Test
  void scriptsMayDoWhatTheirUserMay() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~a", "+@all", "-incr");
      logIn(client, "ada");
      assertTrue(
          error(client.call("EVAL", "return redis.call('INCR', 'a')", "0"))
              .startsWith(
                  "ERR The user executing the script can't run this command or subcommand"));
      assertTrue(
          error(client.call("EVAL", "return redis.call('GET', 'b')", "0"))
              .startsWith(
                  "ERR The user executing the script can't access at least one of the keys"
                      + " mentioned in the command arguments"));
      assertEquals(
          new Reply.IntegerValue(1),
          client.call("EVAL", "return redis.acl_check_cmd('GET', 'a')", "0"));
      assertEquals(
          Reply.Null.BULK, client.call("EVAL", "return redis.acl_check_cmd('GET', 'b')", "0"));
      assertEquals(NO_KEY, client.call("EVAL", "return 1", "1", "b"));
      Reply log = ((Reply.Array) admin.call("ACL", "LOG")).values().get(1);
      assertEquals(text("lua"), ((Reply.Array) log).values().get(5));
    }
  }

  @Test
  void sortFollowsNoPatternsForWhoMayNotReadAllKeys() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~a", "+@all");
      logIn(client, "ada");
      assertEquals(
          "ERR BY option of SORT denied due to insufficient ACL permissions.",
          error(client.call("SORT", "a", "BY", "w_*")));
      assertEquals(
          "ERR GET option of SORT denied due to insufficient ACL permissions.",
          error(client.call("SORT", "a", "GET", "w_*")));
      setUser(admin, "ada", "%R~*");
      assertEquals(new Reply.Array(List.of()), client.call("SORT", "a", "GET", "w_*"));
      assertEquals(NO_KEY, client.call("SORT", "a", "STORE", "b"));
    }
  }

  @Test
  void connectionsEndWithTheirUser() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient admin = server.connect();
        TestClient client = server.connect();
        TestClient self = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "~*", "+@all");
      setUser(admin, "bob", "on", "nopass", "~*", "+@all");
      logIn(client, "ada");
      logIn(self, "bob");
      assertEquals(new Reply.IntegerValue(1), admin.call("ACL", "DELUSER", "ada", "nobody"));
      assertThrows(IOException.class, () -> client.call("PING"));
      assertEquals(new Reply.IntegerValue(1), self.call("ACL", "DELUSER", "bob"));
      assertThrows(IOException.class, () -> self.call("PING"));
      assertEquals(
          "ERR The 'default' user cannot be removed",
          error(admin.call("ACL", "DELUSER", "default")));
    }
  }

  @Test
  void whoSubscribesToWhatHeMayNotAnyMoreIsClosed() throws Exception {
    try (ServerFixture server = new ServerFixture(directory);
        TestClient admin = server.connect();
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      setUser(admin, "ada", "on", "nopass", "+@all", "&a*", "&b");
      logIn(client, "ada");
      logIn(other, "ada");
      client.call("SUBSCRIBE", "ab");
      other.call("PSUBSCRIBE", "b");
      setUser(admin, "ada", "resetchannels", "&b");
      assertThrows(IOException.class, () -> client.call("PING"));
      other.call("PING");
      setUser(admin, "ada", "resetchannels", "&a*", "&[b]");
      // A pattern has to be allowed as it is.
      assertThrows(IOException.class, () -> other.call("PING"));
      logIn(admin, "ada");
      assertEquals(
          "NOPERM this user has no permissions to access one of the channels used as arguments",
          error(admin.call("PUBLISH", "c", "x")));
      assertEquals(new Reply.IntegerValue(0), admin.call("PUBLISH", "a1", "x"));
    }
  }

  @Test
  void usersAreThereAfterARewriteOfTheConfiguration() throws Exception {
    Path file = directory.resolve("varve.conf");
    Files.writeString(file, "# first\nuser ada on nopass ~a +get\n# last\n");
    Path data = directory.resolve("data");
    try (ServerFixture server = ServerFixture.of(file, data)) {
      TestClient admin = server.connect();
      setUser(admin, "bob", "on", ">secret", "&*", "(~b +@read)");
      assertEquals(OK, admin.call("CONFIG", "REWRITE"));
      admin.close();
    }
    List<String> lines = Files.readAllLines(file);
    assertEquals("# first", lines.get(0));
    assertEquals("user ada on nopass ~a resetchannels -@all +get", lines.get(1));
    assertTrue(lines.get(2).startsWith("user bob on #"), lines.get(2));
    assertEquals("user default on nopass ~* &* +@all", lines.get(3));
    assertEquals("# last", lines.get(4));
    try (ServerFixture server = ServerFixture.of(file, data);
        TestClient bob = server.connect()) {
      assertEquals(OK, bob.call("AUTH", "bob", "secret"));
      assertEquals(Reply.Null.BULK, bob.call("GET", "b"));
      assertEquals(NO_KEY, bob.call("GET", "c"));
    }
  }

  @Test
  void usersAreKeptInAFileOfTheirOwn() throws Exception {
    Path file = directory.resolve("users.acl");
    Files.writeString(file, "user ada on nopass ~a +get\n\nuser default on nopass ~* &* +@all\n");
    try (ServerFixture server =
            new ServerFixture(directory, "--aclfile", "users.acl", "--requirepass", "x");
        TestClient admin = server.connect();
        TestClient client = server.connect()) {
      logIn(client, "ada");
      setUser(admin, "bob", "off");
      assertEquals(OK, admin.call("ACL", "SAVE"));
      assertEquals(
          List.of(
              "user ada on nopass ~a resetchannels -@all +get",
              "user bob off resetchannels -@all",
              "user default on nopass ~* &* +@all"),
          Files.readAllLines(file));
      Files.writeString(file, "user ada on nopass ~a +nothing\nnobody\n");
      assertEquals(
          "ERR users.acl:1: Error in applying operation '+nothing': Unknown command or category"
              + " name in ACL. users.acl:2 should start with user keyword followed by the username."
              + " WARNING: ACL errors detected, no change to the previously active ACL rules was"
              + " performed",
          error(admin.call("ACL", "LOAD")));
      assertEquals(Reply.Null.BULK, client.call("GET", "a"));
      Files.writeString(file, "user eve on nopass\n");
      assertEquals(OK, admin.call("ACL", "LOAD"));
      assertThrows(IOException.class, () -> client.call("GET", "a"));
      assertEquals(
          new Reply.Array(List.of(text("default"), text("eve"))), admin.call("ACL", "USERS"));
    }
  }

  @Test
  void aUserThatCantBeMadeIsNoStart() throws Exception {
    assertTrue(refusal("--user", "ada", "+nothing").contains("Unknown command or category name"));
    assertTrue(refusal("--user", "ada", "--user", "ada").contains("Duplicate user found"));
    assertTrue(refusal("--user", "ada", "(~a").contains("Unmatched parenthesis"));
    assertTrue(refusal("--aclfile", "missing.acl").contains("No such file or directory"));
    assertTrue(refusal("--aclfile", "x.acl", "--user", "ada").contains("user directives"));
  }

  private String refusal(String... directives) {
    return assertThrows(StartException.class, () -> new ServerFixture(directory, directives))
        .getMessage();
  }

  @Test
  void passwordsAreThoseOfTheDefaultUser() throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--requirepass", "one");
        TestClient client = server.connect()) {
      assertTrue(error(client.call("PING")).startsWith("NOAUTH"));
      assertEquals(OK, client.call("AUTH", "one"));
      assertEquals(OK, client.call("ACL", "SETUSER", "default", ">two"));
      assertEquals(OK, client.call("AUTH", "two"));
      assertEquals(OK, client.call("CONFIG", "SET", "requirepass", "one"));
      assertTrue(error(client.call("AUTH", "two")).startsWith("WRONGPASS"));
      assertEquals(new Reply.SimpleString("RESET"), client.call("RESET"));
      assertTrue(error(client.call("PING")).startsWith("NOAUTH"));
      assertEquals(OK, client.call("AUTH", "default", "one"));
      assertEquals(1, client.info("acl_access_denied_auth"));
    }
  }
}
