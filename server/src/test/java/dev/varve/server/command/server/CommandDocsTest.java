package dev.varve.server.command.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.command.Commands;
import dev.varve.server.dispatch.CommandSpec;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

final class CommandDocsTest {
  /** Redis says nothing of how long it takes to draw, to watch others, or to copy all. */
  private static final Set<String> OF_NO_TIME = Set.of("lolwut", "monitor", "sync", "psync");

  @Test
  void everyCommandIsDescribedAndNothingElse() {
    Set<String> commands =
        Commands.table().all().stream().map(CommandSpec::fullName).collect(Collectors.toSet());
    assertEquals(commands, CommandDocs.all().names());
  }

  @Test
  void everyDescriptionIsWhole() {
    for (String name : CommandDocs.all().names()) {
      CommandDocs.Entry entry = CommandDocs.all().of(name);
      assertTrue(entry.summary().endsWith("."), name);
      assertFalse(entry.since().isEmpty(), name);
      assertEquals(OF_NO_TIME.contains(name), entry.complexity().isEmpty(), name);
    }
  }
}
