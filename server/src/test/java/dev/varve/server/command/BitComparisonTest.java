package dev.varve.server.command;

import dev.varve.protocol.ProtocolVersion;
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

/** The same commands on bits to Redis 7.0.15 and to ours: the same bytes must come back. */
final class BitComparisonTest {
  private static final int COMMANDS = 15_000;

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

  @Test
  void randomCommandsOnStringsInChunksAnswerAsRedisDoes() throws IOException {
    long seed = Seed.of("randomCommandsOnStringsInChunksAnswerAsRedisDoes");
    compare(ProtocolVersion.RESP3, seed, new FakeEngine(seed, 0.3), 48, 16);
  }

  @Test
  void randomCommandsOnStringsInChunksOverTablesAnswerAsRedisDoes() throws IOException {
    long seed = Seed.of("randomCommandsOnStringsInChunksOverTablesAnswerAsRedisDoes");
    try (ThreadScheduler scheduler = new ThreadScheduler();
        StorageEngine engine = SmallEngine.open(directory.resolve("varve"), scheduler)) {
      compare(ProtocolVersion.RESP2, seed, engine, 45, 1 + (int) (seed & 31));
    }
  }

  private void compare(ProtocolVersion version, long seed, StorageEngine engine)
      throws IOException {
    compare(version, seed, engine, 8192, 512);
  }

  private void compare(
      ProtocolVersion version, long seed, StorageEngine engine, int whole, int chunk)
      throws IOException {
    RandomBitCommands commands = new RandomBitCommands(seed);
    try (ComparisonRun run = ComparisonRun.begin(directory, engine, seed, version)) {
      run.ours().limits().chunks(whole, chunk);
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = commands.next();
        if (command[0].equals("LCS") && run.ofOurs(command).startsWith("-ERR Insufficient mem")) {
          // Two strings of three thousand bytes take more than a longest value here.
          continue;
        }
        run.same(command);
        int key = command[0].equals("BITOP") ? 2 : 1;
        if (command.length > key) {
          run.same("GET", command[key]);
        }
      }
    }
  }
}
