package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.storage.StorageEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Supplier;

/** The same commands, one after another, to a Redis 7.0.15 and to ours over an engine. */
final class ComparisonRun implements AutoCloseable {
  private final RedisProcess redis;
  private final CommandHarness ours;
  private final Session session;

  /** The command before. */
  private String before = "none";

  private ComparisonRun(RedisProcess redis, CommandHarness ours) {
    this.redis = redis;
    this.ours = ours;
    this.session = ours.connect();
  }

  /** Begins one by a version of the protocol, or skips the test where there is no such Redis. */
  static ComparisonRun begin(
      Path directory, StorageEngine engine, long seed, ProtocolVersion version, String... options)
      throws IOException {
    RedisProcess redis = RedisProcess.start(directory, options);
    ComparisonRun run = new ComparisonRun(redis, CommandHarness.withWallClock(engine, seed));
    redis.version(version);
    redis.execute("HELLO", "" + version.number());
    run.ours.execute(run.session, "HELLO", "" + version.number());
    return run;
  }

  /** Ours. */
  CommandHarness ours() {
    return ours;
  }

  /** Executes a command on either; the replies must be the same bytes. Returns them. */
  String same(String... command) throws IOException {
    String expected = redis.execute(command);
    String now = describe(command);
    assertEquals(printable(expected), printable(ofOurs(command)), now + " after " + before);
    before = now;
    return expected;
  }

  /** Executes a command on Redis alone. */
  String ofRedis(String... command) throws IOException {
    return redis.execute(command);
  }

  /** Executes a command on ours alone. */
  String ofOurs(String... command) {
    return ours.execute(session, command);
  }

  /** Executes so many commands on either. */
  void same(int count, Supplier<String[]> commands) throws IOException {
    for (int i = 0; i < count; i++) {
      same(commands.get());
    }
  }

  private static String describe(String[] command) {
    String text = printable(Arrays.toString(command));
    return text.length() > 400 ? text.substring(0, 400) + "…" : text;
  }

  /** Text whose bytes can all be seen. */
  static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if (each < ' ' || (each > '~' && each < 256)) {
        out.append(String.format("\\x%02x", (int) each));
      } else {
        out.append(each);
      }
    }
    return out.toString();
  }

  @Override
  public void close() throws IOException {
    redis.close();
  }
}
