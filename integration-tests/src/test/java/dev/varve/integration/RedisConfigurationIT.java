package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A configuration made for Redis starts the packaged server. */
@Timeout(120)
final class RedisConfigurationIT {
  private static final Path DEBIANS = Path.of("/etc/redis/redis.conf");

  @TempDir Path folder;

  /** Debian's, which sends the server into the background, with other places for its files. */
  @Test
  void debiansConfigurationStartsAServerInTheBackground() throws Exception {
    if (!Files.isReadable(DEBIANS)) {
      Tools.missing("no " + DEBIANS);
    }
    int port = ServerProcess.freePort();
    Path pidFile = folder.resolve("server.pid");
    Path log = folder.resolve("server.log");
    Tools.run(
            List.of(
                ServerProcess.HOME.resolve("bin/varve-server").toString(),
                DEBIANS.toString(),
                "--port",
                "" + port,
                "--dir",
                folder.resolve("data").toString(),
                "--pidfile",
                pidFile.toString(),
                "--logfile",
                log.toString(),
                "--replica-priority",
                "7",
                "--rename-command",
                "KEYS",
                "ALLKEYS"))
        .succeeded();
    while (!Files.exists(pidFile) || !Files.readString(pidFile).endsWith("\n")) {
      Thread.onSpinWait();
    }
    ProcessHandle server =
        ProcessHandle.of(Long.parseLong(Files.readString(pidFile).strip())).orElseThrow();
    try (RawClient client = RawClient.connect(port)) {
      assertEquals("OK", client.call("SET", "k", "v"));
      assertEquals(1, ((List<?>) client.call("ALLKEYS", "*")).size());
      assertTrue(client.call("KEYS", "*").toString().contains("unknown command"));
      assertEquals(
          2, ((List<?>) client.call("CONFIG", "GET", "stop-writes-on-bgsave-error")).size());
      assertEquals("OK", client.call("CONFIG", "SET", "replica-priority", "8"));
    } finally {
      server.destroy();
      server.onExit().join();
    }
    assertFalse(Files.exists(pidFile));
    String logged = Files.readString(log);
    assertTrue(
        logged.contains("mean nothing here (docs/settings.md says why): replica-priority"), logged);
  }

  @Test
  void theEnvironmentSaysWhatTheFileDoesNot() throws IOException {
    try (ServerProcess server =
            ServerProcess.in(folder.resolve("data"))
                .environment("VARVE_MAXCLIENTS", "77")
                .environment("VARVE_SAVE", "900 1")
                .environment("VARVE_APPENDFSYNC", "always")
                .with("--appendfsync", "everysec")
                .start();
        RawClient client = server.connect()) {
      for (List<String> expected :
          List.of(
              List.of("maxclients", "77"),
              List.of("save", "900 1"),
              List.of("appendfsync", "everysec"))) {
        List<?> told = (List<?>) client.call("CONFIG", "GET", expected.getFirst());
        assertEquals(expected, told.stream().map(RedisConfigurationIT::text).toList());
      }
    }
  }

  private static String text(Object bulk) {
    return new String((byte[]) bulk, StandardCharsets.UTF_8);
  }
}
