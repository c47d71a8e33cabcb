package dev.varve.server.testing;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.MemoryFigures;
import dev.varve.server.dispatch.ServerInfo;
import java.util.Set;

/** What a {@link CommandHarness} tells of itself: always the same. */
final class HarnessInfo implements ServerInfo {
  @Override
  public String text(Set<String> sections, Keyspace keyspace) {
    return "# Sections\r\nasked:" + String.join(",", sections) + "\r\n";
  }

  @Override
  public String runId() {
    return "0".repeat(40);
  }

  @Override
  public MemoryFigures memory() {
    return new MemoryFigures(100, 120, 40, 50, 10, 20, 80, 90);
  }

  @Override
  public void changeReplicationId() {}

  @Override
  public void resetStatistics() {}
}
