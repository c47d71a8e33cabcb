package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import java.nio.file.Path;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A task that executes requests away from their loop, and throws what nobody expects. */
@Timeout(60)
class RequestBatchTest {
  private static final Reply OK = new Reply.SimpleString("OK");

  @TempDir Path directory;

  /** It is fetched for on the read pool, executed there, or executed on the storage thread. */
  @ParameterizedTest
  @CsvSource({"0,INCR", "1,INCR", "0,GET", "1,GET", "0,DEL", "1,DEL"})
  void whateverIsThrownEndsItsConnectionAndNoOther(String ioThreads, String command)
      throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient victim = server.connect();
        TestClient other = server.connect()) {
      assertEquals(OK, other.call("SET", "counter", "1"));
      if (command.equals("DEL")) {
        server.engine().failRemovals(1);
      } else {
        server.engine().makeCold();
        server
            .engine()
            .failViewsOnReadPool(
                1, command.equals("INCR") ? BatchRehearsals.class : BatchReads.class);
      }
      victim.send(command, "counter");
      assertTrue(victim.readEnd());
      assertTrue(server.engine().hasFailed());
      assertEquals(new Reply.IntegerValue(2), other.call("INCR", "counter"));
      assertEquals(new Reply.IntegerValue(1), other.call("DEL", "counter"));
    }
  }
}
