package dev.varve.server.network;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.protocol.Reply;
import dev.varve.server.command.Commands;
import dev.varve.server.dispatch.CommandSpec;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
final class ArityTest {
  @TempDir Path directory;

  /** Their keys are looked for before that: SORT without any ended its connection. */
  @ParameterizedTest
  @ValueSource(strings = {"0", "1"})
  void everyCommandIsRefusedWithTooFewArguments(String ioThreads) throws Exception {
    try (ServerFixture server = new ServerFixture(directory, "--io-threads", ioThreads);
        TestClient client = server.connect()) {
      int refused = 0;
      for (CommandSpec command : Commands.table().all()) {
        String[] words = command.fullName().split("[|]", -1);
        int least = Math.abs(command.arity());
        for (int count = words.length; count < least; count++) {
          String[] request = Arrays.copyOf(words, count);
          Arrays.fill(request, words.length, count, "1");
          assertEquals(
              new Reply.SimpleError(
                  "ERR wrong number of arguments for '" + command.fullName() + "' command"),
              client.call(request));
          refused++;
        }
      }
      assertTrue(refused > 300, "only " + refused + " were refused");
    }
  }
}
