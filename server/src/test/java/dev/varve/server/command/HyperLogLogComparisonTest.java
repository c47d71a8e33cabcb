package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.engine.ThreadScheduler;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The same commands on HyperLogLogs to Redis 7.0.15 and to ours: with the same bytes in them. */
final class HyperLogLogComparisonTest {
  private static final int COMMANDS = 4_000;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource(ProtocolVersion.class)
  void randomCommandsAnswerAsRedisDoes(ProtocolVersion version) throws IOException {
    long seed = Seed.of("randomCommandsAnswerAsRedisDoes " + version);
    compare(version, seed, new FakeEngine(seed, 0.3));
  }

  @Test
  void randomCommandsOverTablesAnswerAsRedisDoes() throws IOException {
    long seed = Seed.of("randomCommandsOverTablesAnswerAsRedisDoes");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      compare(ProtocolVersion.RESP2, seed, engine);
    }
  }

  private void compare(ProtocolVersion version, long seed, StorageEngine engine)
      throws IOException {
    RandomHyperLogLogCommands commands = new RandomHyperLogLogCommands(seed);
    try (ComparisonRun run = ComparisonRun.begin(directory, engine, seed, version)) {
      run.same(COMMANDS, commands::next);
    }
  }

  @Test
  void theSelfTestPasses() {
    CommandHarness ours = new CommandHarness(new FakeEngine(1, 0), 1);
    assertEquals("+OK\r\n", ours.execute(ours.connect(), "PFSELFTEST"));
  }
}
