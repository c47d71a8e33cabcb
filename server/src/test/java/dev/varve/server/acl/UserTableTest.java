package dev.varve.server.acl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Request;
import dev.varve.protocol.RequestDecoder;
import dev.varve.protocol.RequestLimits;
import dev.varve.server.command.Commands;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.Denial;
import dev.varve.server.dispatch.User;
import dev.varve.server.dispatch.Users;
import dev.varve.server.testing.CommandHarness;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Rules, and what they allow. That they do what Redis's do is compared elsewhere. */
final class UserTableTest {
  private final CommandTable table = Commands.table();
  private final UserTable users =
      new UserTable(
          table,
          () -> false,
          new AclLog(InstantSource.system(), 128),
          new KeptMemory(Long.MAX_VALUE));

  private String change(String name, String rules) {
    return users.change(name, List.of(rules.split(" ", -1)), null);
  }

  /** What isn't allowed of a command: its kind and the argument; empty: nothing. */
  private String denied(String user, String... words) {
    Request request = new Request();
    new RequestDecoder(RequestLimits.DEFAULT)
        .decode(Unpooled.wrappedBuffer(CommandHarness.encode(words)), request);
    Denial denial = users.find(user).permissions().denial(table.find(request), request, 0);
    return denial == null ? "" : denial.kind() + " " + denial.argument();
  }

  private String line(String user) {
    return users.lines().stream()
        .filter(line -> line.startsWith("user " + user + " "))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theDefaultUserMayDoAllAndNeedsNoPassword() {
    assertEquals(List.of("user default on nopass ~* &* +@all"), users.lines());
    assertEquals("", denied("default", "SET", "a", "1"));
  }

  @Test
  void aNewUserMayDoNothing() {
    assertNull(change("ada", ""));
    assertEquals("user ada off resetchannels -@all", line("ada"));
    assertEquals("COMMAND 0", denied("ada", "GET", "a"));
    // What comes before AUTH is for all.
    assertEquals("", denied("ada", "AUTH", "x"));
    assertNull(users.authenticated("ada", new byte[0]));
  }

  @Test
  void aChangeIsMadeWholeOrNotAtAll() {
    assertNull(change("ada", "on >one +get"));
    String before = line("ada");
    assertEquals(
        "Error in ACL SETUSER modifier '+nothing': Unknown command or category name in ACL",
        change("ada", ">two +set +nothing"));
    assertEquals(before, line("ada"));
    assertNull(users.authenticated("ada", "two".getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void rulesAreReplacedAndNeverChanged() {
    assertNull(change("ada", "on nopass"));
    User ada = users.find("ada");
    Object before = ada.permissions();
    assertNull(change("ada", "+@all"));
    assertSame(ada, users.find("ada"));
    assertNotSame(before, ada.permissions());
  }

  @Test
  void whoIsRemovedMayDoNothingAndWhoComesAgainIsSomebodyElse() {
    assertNull(change("ada", "on nopass ~* +@all"));
    User first = users.find("ada");
    assertEquals(1, users.remove(List.of("ada"), null));
    assertNull(change("ada", "on nopass ~* +@all"));
    assertNotSame(first, users.find("ada"));
    assertNull(users.find("bob"));
    assertFalse(((UserRules) first.permissions()).enabled());
  }

  @Test
  void keysAreCheckedByWhatIsDoneWithThem() {
    assertNull(change("ada", "+@all %R~r* %W~w* ~b*"));
    assertEquals("", denied("ada", "GET", "r"));
    assertEquals("KEY 1", denied("ada", "GET", "w"));
    assertEquals("", denied("ada", "SET", "w", "1"));
    assertEquals("KEY 1", denied("ada", "SET", "w", "1", "GET"));
    assertEquals("KEY 1", denied("ada", "SET", "r", "1"));
    assertEquals("", denied("ada", "COPY", "r", "w"));
    assertEquals("KEY 1", denied("ada", "COPY", "w", "r"));
    assertEquals("", denied("ada", "LMOVE", "b1", "b2", "LEFT", "LEFT"));
    assertEquals("KEY 1", denied("ada", "LMOVE", "r", "w", "LEFT", "LEFT"));
    assertEquals("", denied("ada", "SORT", "r", "STORE", "w"));
    assertEquals("KEY 3", denied("ada", "SORT", "r", "STORE", "r"));
    assertEquals("KEY 3", denied("ada", "XREAD", "STREAMS", "r", "w", "0", "0"));
    assertEquals("KEY 4", denied("ada", "EVAL", "return 1", "2", "b", "r2"));
    assertEquals("KEY 3", denied("ada", "MSET", "b", "1", "r", "2"));
    assertEquals("KEY 3", denied("ada", "MIGRATE", "h", "1", "r", "0", "1"));
    assertEquals("KEY 8", denied("ada", "MIGRATE", "h", "1", "", "0", "1", "KEYS", "b", "r"));
    // That is a syntax error.
    assertEquals("", denied("ada", "MIGRATE", "h", "1", "r", "0", "1", "KEYS", "r"));
    assertEquals("KEY 7", denied("ada", "GEORADIUS", "r", "1", "1", "1", "m", "STORE", "r"));
  }

  @Test
  void aSelectorAllowsAllThatACommandNeedsByItself() {
    assertNull(change("ada", "+get ~a (+set ~b) (+@read ~c)"));
    assertEquals("", denied("ada", "GET", "a"));
    assertEquals("", denied("ada", "SET", "b", "1"));
    assertEquals("", denied("ada", "MGET", "c"));
    assertEquals("KEY 1", denied("ada", "SET", "a", "1"));
    assertEquals("KEY 2", denied("ada", "MGET", "c", "a"));
    assertEquals("COMMAND 0", denied("ada", "DEL", "a"));
    assertNull(change("ada", "clearselectors"));
    assertEquals("COMMAND 0", denied("ada", "SET", "b", "1"));
  }

  @Test
  void aSelectorMayComeInSeveralWords() {
    assertNull(change("ada", "(+get ~a )"));
    assertEquals("", denied("ada", "GET", "a"));
    assertEquals(
        "Unmatched parenthesis in acl selector starting at '(+set'.", change("ada", "(+set ~b"));
  }

  @Test
  void firstArgumentsAndSubcommandsAreAllowedOneByOne() {
    assertNull(change("ada", "+select|0 +config|get"));
    assertEquals("", denied("ada", "SELECT", "0"));
    assertEquals("COMMAND 0", denied("ada", "SELECT", "1"));
    assertEquals("", denied("ada", "CONFIG", "GET", "x"));
    assertEquals("COMMAND 0", denied("ada", "CONFIG", "SET", "x", "y"));
    assertEquals("user ada off resetchannels -@all +config|get +select|0", sorted(line("ada")));
    assertEquals(
        "Error in ACL SETUSER modifier '+config|get|x': Allowing first-arg of a subcommand is not"
            + " supported",
        change("ada", "+config|get|x"));
  }

  /** The rules of single commands come in the table's order. */
  private static String sorted(String line) {
    int all = line.indexOf("-@all ") + 6;
    return line.substring(0, all)
        + String.join(" ", List.of(line.substring(all).split(" ", -1)).stream().sorted().toList());
  }

  @Test
  void channelsToSubscribeToByAPatternAreAllowedByTheSamePattern() {
    assertNull(change("ada", "+@all &a* &b"));
    assertEquals("", denied("ada", "SUBSCRIBE", "abc", "b"));
    assertEquals("CHANNEL 2", denied("ada", "SUBSCRIBE", "abc", "c"));
    assertEquals("", denied("ada", "PSUBSCRIBE", "a*"));
    assertEquals("CHANNEL 1", denied("ada", "PSUBSCRIBE", "ab*"));
    assertEquals("", denied("ada", "UNSUBSCRIBE", "c"));
    assertEquals("CHANNEL 1", denied("ada", "PUBLISH", "c", "a"));
    assertEquals("CHANNEL 1", denied("ada", "SPUBLISH", "c", "a"));
  }

  /** 12,000 users ended a small server. */
  @Test
  void usersTakeNoMoreMemoryThanThereIsForThem() {
    KeptMemory memory = new KeptMemory(100_000);
    UserTable few =
        new UserTable(table, () -> false, new AclLog(InstantSource.system(), 1), memory);
    int made = 0;
    while (few.change("user" + made, List.of("on", ">secret", "~some*", "+get"), null) == null) {
      made++;
    }
    assertTrue(made > 20 && made < 200, made + " users");
    assertNull(few.find("user" + made));
    long used = memory.used();
    assertEquals(Users.NO_MEMORY, few.change("user0", List.of("~" + "x".repeat(100_000)), null));
    assertEquals(used, memory.used());
    assertNull(few.change("user0", List.of("~more", "reset"), null));
    few.defaultPassword("secret");
    few.defaultPassword("");
    assertEquals(
        made, few.remove(few.names().stream().filter(n -> !n.equals("default")).toList(), null));
    assertEquals(0, memory.used());
  }

  @Test
  void whatARuleMeansDoesNotFollowARenamedCommand() {
    CommandTable renamed = table.renamed("get", "fetch");
    UserTable others =
        new UserTable(
            renamed.original(),
            () -> false,
            new AclLog(InstantSource.system(), 1),
            new KeptMemory(Long.MAX_VALUE));
    assertNull(others.change("ada", List.of("+get"), null));
    assertEquals(
        "Error in ACL SETUSER modifier '+fetch': Unknown command or category name in ACL",
        others.change("ada", List.of("+fetch"), null));
  }

  @Test
  void patternsOfAllKindsMatchWhatTheyMatchAsGlobs() {
    for (String pattern : List.of("a", "a*", "*", "?", "a*b", "\\*", "[ab]", "")) {
      for (String key : List.of("", "a", "b", "ab", "aab", "*", "abc")) {
        byte[] bytes = key.getBytes(StandardCharsets.ISO_8859_1);
        Request request = new Request();
        new RequestDecoder(RequestLimits.DEFAULT)
            .decode(Unpooled.wrappedBuffer(CommandHarness.encode("GET", key)), request);
        KeyPattern compiled = new KeyPattern(pattern, true, true);
        assertEquals(
            compiled.matches(bytes), compiled.matches(request, 1), () -> pattern + " " + key);
      }
    }
  }
}
