package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Scripts that take longer than others may be kept waiting, of a whole server. */
@Timeout(60)
class LongScriptTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  /** It begins to run where nobody can be told: there it may run for that long, and no longer. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void oneThatTakesLongerThanTheThresholdRunsWhereOthersCanBeTold(String threads) throws Exception {
    String library =
        """
        #!lua name=runs
        local runs = 0
        redis.register_function('runs', function()
          runs = runs + 1
          for i = 1, 1e6 do local x = i end
          return runs
        end)""";
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", threads, "--busy-reply-threshold", "1");
        TestClient client = server.connect()) {
      assertEquals(new Reply.BulkString("runs"), client.call("FUNCTION", "LOAD", library));
      long runs = ((Reply.IntegerValue) client.call("FCALL", "runs", "0")).value();
      assertTrue(runs >= 2, () -> runs + " runs");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void anEndlessOneIsEndedByAnother(String threads) throws Exception {
    try (ServerFixture server =
            new ServerFixture(directory, "--io-threads", threads, "--busy-reply-threshold", "1");
        TestClient client = server.connect();
        TestClient other = server.connect()) {
      client.send("EVAL", "while true do end", "0");
      Reply reply = other.call("PING");
      while (!(reply instanceof Reply.SimpleError)) {
        reply = other.call("PING");
      }
      assertTrue(((Reply.SimpleError) reply).text().startsWith("BUSY "));
      assertEquals(OK, other.call("SCRIPT", "KILL"));
      assertTrue(((Reply.SimpleError) client.read()).text().contains("killed by user"));
      assertEquals(new Reply.SimpleString("PONG"), other.call("PING"));
    }
  }
}
