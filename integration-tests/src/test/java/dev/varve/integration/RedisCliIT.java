package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real {@code redis-cli} and {@code redis-benchmark} drive the server. */
final class RedisCliIT {

  @TempDir Path folder;
  private ServerProcess server;

  @BeforeEach
  void start() {
    Tools.require("redis-cli");
    server = ServerProcess.in(folder.resolve("data")).start();
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void setsAndGets() {
    assertEquals("PONG\n", cli("", "PING"));
    assertEquals("OK\n", cli("", "SET", "greeting", "hello", "EX", "1000"));
    assertEquals("hello\n", cli("", "GET", "greeting"));
    assertEquals("hello\n", cli("", "-3", "GET", "greeting"));
    assertEquals("1\n", cli("", "DBSIZE"));
    assertEquals("greeting\n", cli("", "--scan", "--pattern", "g*"));
    assertEquals("\n", cli("", "GET", "missing"));
  }

  @Test
  void takesCommandsFromItsInput() {
    assertEquals("OK\n2\nPONG\n", cli("set a 1\nincr a\nping\n"));
  }

  @Test
  void takesPipeMode() {
    StringBuilder commands = new StringBuilder();
    for (int i = 0; i < 20_000; i++) {
      commands.append("SET key:").append(i).append(" value\r\n");
    }
    String output = cli(commands.toString(), "--pipe");
    assertTrue(output.contains("errors: 0, replies: 20000"), output);
    assertEquals("20000\n", cli("", "DBSIZE"));
  }

  @Test
  void getsTheDocumentationOfCommands() {
    String docs = cli("", "COMMAND", "DOCS", "SET");
    assertTrue(docs.contains("summary") && docs.contains("arguments"), docs);
    assertTrue(cli("", "COMMAND").contains("getex"));
    assertEquals("a\nb\n", cli("", "COMMAND", "GETKEYS", "MSET", "a", "1", "b", "2"));
  }

  @Test
  void looksForBigKeys() {
    cli("", "SET", "big", "x".repeat(100));
    String report = cli("", "--bigkeys");
    assertTrue(report.contains("Biggest string found '\"big\"' has 100 bytes"), report);
  }

  @Test
  void looksForKeysThatTakeMuch() {
    cli("", "SET", "big", "x".repeat(100));
    String report = cli("", "--memkeys");
    assertTrue(report.contains("Biggest string found '\"big\"' has 109 bytes"), report);
  }

  @Test
  void whatItSetsIsRewrittenAndHoldsAfterRestart() throws IOException {
    server.close();
    Path file = Files.writeString(folder.resolve("varve.conf"), "# kept\ntimeout 0\n");
    server = ServerProcess.in(folder.resolve("data")).with(file.toString()).start();
    assertEquals("OK\n", cli("", "CONFIG", "SET", "timeout", "17", "maxclients", "200"));
    assertEquals("OK\n", cli("", "CONFIG", "REWRITE"));
    assertTrue(Files.readString(file).startsWith("# kept\ntimeout 17\n"));
    server.close();
    server = ServerProcess.in(folder.resolve("data")).with(file.toString()).start();
    assertEquals("maxclients\n200\n", cli("", "CONFIG", "GET", "maxclients"));
    assertEquals("timeout\n17\n", cli("", "CONFIG", "GET", "timeout"));
  }

  @Test
  void withoutFileNothingIsRewritten() {
    assertEquals(
        "ERR The server is running without a config file\n\n", cli("", "CONFIG", "REWRITE"));
  }

  @Test
  void endsTheServer() {
    cli("", "SET", "key", "value");
    cli("", "SHUTDOWN");
    assertEquals(0, server.awaitExit().code());
    server = ServerProcess.in(folder.resolve("data")).start();
    assertEquals("value\n", cli("", "GET", "key"));
  }

  @Test
  void runsRedisBenchmark() {
    Tools.require("redis-benchmark");
    List<String> command =
        List.of(
            "redis-benchmark",
            "-p",
            Integer.toString(server.port()),
            "-q",
            "-n",
            "5000",
            "-P",
            "4",
            "-t",
            "ping,set,get,incr,mset");
    String report = Tools.run(command).succeeded();
    assertTrue(report.contains("SET: ") && report.contains("MSET (10 keys): "), report);
  }

  private String cli(String input, String... arguments) {
    List<String> command =
        new ArrayList<>(List.of("redis-cli", "-p", Integer.toString(server.port())));
    command.addAll(List.of(arguments));
    return Tools.run(command, input).succeeded();
  }
}
