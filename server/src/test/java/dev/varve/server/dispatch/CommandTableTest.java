package dev.varve.server.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.varve.server.command.Commands;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import org.junit.jupiter.api.Test;

final class CommandTableTest {
  @Test
  void aRenamedCommandGoesByItsNewNameOnly() {
    CommandTable commands = Commands.table();
    CommandTable renamed = commands.renamed("CONFIG", "an-unlikely-Name").renamed("flushall", "");
    assertNull(renamed.find("config"));
    assertNull(renamed.find("config|get"));
    assertSame(commands.find("config|get"), renamed.find("an-unlikely-name|get"));
    assertNull(renamed.find("flushall"));
    assertEquals(commands.commands().size() - 1, renamed.commands().size());
    CommandHarness harness = CommandHarness.withCommands(new FakeEngine(1, 0), 1, renamed);
    Session session = harness.connect();
    assertEquals(
        "-ERR unknown command 'CONFIG', with args beginning with: 'GET' 'port' \r\n",
        harness.execute(session, "CONFIG", "GET", "port"));
    assertEquals("+OK\r\n", harness.execute(session, "AN-UNLIKELY-NAME", "RESETSTAT"));
  }

  @Test
  void whatCannotBeRenamedIsToldAsByRedis() {
    CommandTable commands = Commands.table();
    assertEquals(
        "No such command in rename-command",
        assertThrows(IllegalArgumentException.class, () -> commands.renamed("nothing", "x"))
            .getMessage());
    assertEquals(
        "Target command name already exists",
        assertThrows(IllegalArgumentException.class, () -> commands.renamed("get", "SET"))
            .getMessage());
    assertNotNull(commands.find("get"));
  }
}
