package dev.varve.integration.power;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.integration.Keys;
import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.kill.Command;
import dev.varve.integration.kill.Model;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** All that must be found by the next server. */
record Promise(List<Expected> writers, Registers.Histories registers) {

  /** What was found. */
  record Kept(List<Model> writers, List<Long> registers) {}

  /**
   * Asks a server for all of it.
   *
   * @throws AssertionError if it isn't there
   */
  Kept verify(ServerProcess server) throws IOException {
    try (RawClient client = server.connect()) {
      List<Long> values = registers.verify(client);
      List<Model> models = new ArrayList<>();
      for (Expected expected : writers) {
        models.add(expected.verify(client));
      }
      for (int database = 0; database <= Life.OWNING; database++) {
        verifyNames(client, database);
      }
      return new Kept(models, values);
    }
  }

  /** DBSIZE is what SCAN returns, and no key is there that nobody wrote. */
  private void verifyNames(RawClient client, int database) throws IOException {
    Command.expect("OK", client.call("SELECT", Integer.toString(database)));
    Set<String> scanned = Keys.scanCounted(client);
    Set<String> strangers = new HashSet<>(scanned);
    for (Expected expected : writers) {
      if (expected.writer().database() == database) {
        strangers.removeAll(expected.writer().names());
      }
    }
    strangers.removeIf(name -> database == 0 && name.startsWith(Registers.PREFIX));
    assertEquals(Set.of(), strangers);
  }
}
