package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MONITOR, of a whole server. */
@Timeout(60)
class MonitorTest {
  @TempDir Path directory;

  /** What is shown, without time and address. */
  private static List<String> shown(TestClient monitor, int count) throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String line = ((Reply.SimpleString) monitor.read()).text();
      assertTrue(line.matches("\\d+\\.\\d{6} \\[\\d+ 127\\.0\\.0\\.1:\\d+\\] .*"), line);
      lines.add(line.replaceFirst("^\\S+ \\[(\\d+) \\S+\\] ", "$1 "));
    }
    return lines;
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void everyCommandIsShownOnceButThoseOfAdministrators(String threads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", threads);
        TestClient monitor = server.connect();
        TestClient client = server.connect()) {
      assertEquals(new Reply.SimpleString("OK"), monitor.call("MONITOR"));
      client.call("SET", "a\"b", "x\n\\\u0001");
      client.call("CONFIG", "GET", "port");
      client.call("NOSUCH");
      client.call("GET");
      client.call("SELECT", "3");
      client.call("MULTI");
      client.call("SET", "foo", "bar");
      client.call("CLIENT", "ID");
      client.call("EXEC");
      client.call("AUTH", "default", "secret");
      client.call("KEYS", "*");
      assertEquals(
          List.of(
              "0 \"SET\" \"a\\\"b\" \"x\\n\\\\\\x01\"",
              "3 \"SELECT\" \"3\"",
              "3 \"MULTI\"",
              "3 \"SET\" \"foo\" \"bar\"",
              "3 \"CLIENT\" \"ID\"",
              "3 \"EXEC\"",
              "3 \"AUTH\" \"(redacted)\" \"(redacted)\"",
              "3 \"KEYS\" \"*\""),
          shown(monitor, 8));
      assertTrue(client.call("CLIENT", "LIST").toString().contains("flags=O "));
      assertEquals(new Reply.SimpleString("RESET"), monitor.call("RESET"));
      client.call("PING");
      assertEquals(new Reply.SimpleString("PONG"), monitor.call("PING"));
    }
  }

  /** What scripts called was not shown, nor that they were called. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void scriptIsShownInFrontOfWhatItCalls(String threads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", threads);
        TestClient monitor = server.connect();
        TestClient client = server.connect()) {
      assertEquals(new Reply.SimpleString("OK"), monitor.call("MONITOR"));
      String script = "redis.call('select', 3) redis.call('set', KEYS[1], ARGV[1])";
      client.call("EVAL", script, "1", "foo", "bar");
      client.call("EVAL_RO", "return redis.pcall('get', KEYS[1])", "1", "foo");
      client.call("PING");
      assertTrue(line(monitor).endsWith("] \"EVAL\" \"" + script + "\" \"1\" \"foo\" \"bar\""));
      assertTrue(line(monitor).endsWith(" [0 lua] \"select\" \"3\""));
      assertTrue(line(monitor).endsWith(" [3 lua] \"set\" \"foo\" \"bar\""));
      assertTrue(line(monitor).contains("] \"EVAL_RO\" "));
      assertTrue(line(monitor).endsWith(" [0 lua] \"get\" \"foo\""));
      assertTrue(line(monitor).endsWith("] \"PING\""));
    }
  }

  private static String line(TestClient monitor) throws Exception {
    return ((Reply.SimpleString) monitor.read()).text();
  }
}
