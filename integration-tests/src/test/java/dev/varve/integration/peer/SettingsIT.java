package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Odd values of settings, in the file and by CONFIG SET: taken or refused as by Redis 7.0.15. */
final class SettingsIT {
  /** Directive, value, directive, value, and so on. */
  private static final List<List<String>> CHANGES =
      List.of(
          List.of("timeout", ""),
          List.of("timeout", " 5"),
          List.of("timeout", "+5"),
          List.of("timeout", "05"),
          List.of("timeout", "5.0"),
          List.of("timeout", "-1"),
          List.of("timeout", "1e3"),
          List.of("timeout", "7"),
          List.of("TIMEOUT", "8"),
          List.of("timeout", "5", "timeout", "6"),
          List.of("timeout", "9", "nosuch", "1"),
          List.of("timeout", "9", "maxclients", "x"),
          List.of("nosuch", "1"),
          List.of("", "1"),
          List.of("timeout"),
          List.of("save", "900"),
          List.of("save", "900 1 300"),
          List.of("save", "900 1 300 10"),
          List.of("save", "a 1"),
          List.of("save", "0 1"),
          List.of("save", "900 -1"),
          List.of("save", "900 1x"),
          List.of("save", "  900   1 "),
          List.of("save", "900 0"),
          List.of("save", ""),
          List.of("client-output-buffer-limit", "normal 1mb 2mb 60"),
          List.of("client-output-buffer-limit", "wrong number"),
          List.of("client-output-buffer-limit", "normal 0 0"),
          List.of("client-output-buffer-limit", "replica 3mb 4mb 70 pubsub 5mb 6mb 80"),
          List.of("client-output-buffer-limit", "PubSub 1 2 3 pubsub 4 5 6"),
          List.of("client-output-buffer-limit", "master 10mb 10mb 60"),
          List.of("client-output-buffer-limit", "pubsub 10mbs 10mb 60"),
          List.of("client-output-buffer-limit", "pubsub 10mb 10mb 60s"),
          List.of("client-output-buffer-limit", "slave 1gb 1k 0"),
          List.of("client-output-buffer-limit", "pubsub 1 1 -1"),
          List.of("client-output-buffer-limit", ""),
          List.of("appendonly", "maybe"),
          List.of("appendonly", ""),
          List.of("appendonly", "YES"),
          List.of("appendfsync", "Always"),
          List.of("appendfsync", ""),
          List.of("appendfsync", "never"),
          List.of("maxclients", "1x"),
          List.of("protected-mode", ""),
          List.of("protected-mode", "No"),
          List.of("proto-max-bulk-len", "1mbb"),
          List.of("proto-max-bulk-len", "-1"),
          List.of("proto-max-bulk-len", " 2mb"),
          List.of("proto-max-bulk-len", "2MB"),
          List.of("proto-max-bulk-len", "3m"),
          List.of("databases", "5"),
          List.of("unixsocket", "/tmp/x"),
          List.of("requirepass", ""));

  @TempDir Path folder;

  @Test
  void configSetOfOddValuesIsAnsweredAsByRedis() throws IOException {
    RedisServer.require();
    String[] same = {"--appendonly", "yes", "--save", "", "--proto-max-bulk-len", "1mb"};
    try (RedisServer redis = RedisServer.start(folder, same);
        ServerProcess varve = ServerProcess.in(folder.resolve("varve")).with(same).start();
        RawClient toRedis = redis.connect();
        RawClient toVarve = varve.connect()) {
      for (List<String> change : CHANGES) {
        String[] set = words("SET", change);
        assertEquals(text(toRedis.call(set)), text(toVarve.call(set)), change::toString);
        String[] get = words("GET", change.subList(0, 1));
        assertEquals(text(toRedis.call(get)), text(toVarve.call(get)), change::toString);
      }
    }
  }

  private static String[] words(String subcommand, List<String> rest) {
    List<String> all = new ArrayList<>(List.of("CONFIG", subcommand));
    all.addAll(rest);
    return all.toArray(String[]::new);
  }

  private static String text(Object reply) {
    return switch (reply) {
      case byte[] bytes -> new String(bytes, StandardCharsets.ISO_8859_1);
      case List<?> list -> list.stream().map(SettingsIT::text).toList().toString();
      default -> reply.toString();
    };
  }

  /** Lines of a configuration file. */
  static List<String> files() {
    return List.of(
        "include other.conf",
        "include",
        "include missing.conf",
        "include other.conf other.conf",
        "timeout 5 # a comment",
        "# timeout 5",
        "  \t timeout 5 \t ",
        "timeout \"5\"",
        "timeout",
        "timeout \"\"",
        "timeout 1 2",
        "TIMEOUT 5",
        "save 900",
        "save 900 1\nsave 300 10",
        "save 900 1 300 10",
        "save \"900 1\"",
        "save 900 1\nsave \"\"",
        "save \"\"\nsave 900 1",
        "save a b",
        "save 0 1",
        "save",
        "requirepass \"a\"b",
        "bind \"\"",
        "bind",
        "nosuch 1");
  }

  @ParameterizedTest
  @MethodSource("files")
  void linesOfTheFileAreReadAsByRedis(String lines) throws IOException {
    RedisServer.require();
    Files.writeString(folder.resolve("other.conf"), "timeout 77\n");
    Path file = folder.resolve("this.conf");
    Files.writeString(file, "bind 127.0.0.1\nsave \"\"\n" + lines + "\n");
    assertEquals(inRedis(file), inVarve(file), lines);
  }

  private String inRedis(Path file) throws IOException {
    try (RedisServer redis = RedisServer.read(folder, file)) {
      return redis == null ? "refused" : settings(redis.port());
    }
  }

  private String inVarve(Path file) throws IOException {
    try (ServerProcess varve =
        ServerProcess.in(folder.resolve("varve")).with(file.toString()).launch()) {
      return varve.becomesReady() ? settings(varve.port()) : "refused";
    }
  }

  private static String settings(int port) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return text(client.call("CONFIG", "GET", "timeout"))
          + text(client.call("CONFIG", "GET", "save"));
    }
  }
}
