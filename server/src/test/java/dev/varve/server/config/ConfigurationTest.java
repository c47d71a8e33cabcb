package dev.varve.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.dispatch.ServerConfig.Refusal;
import dev.varve.storage.SyncPolicy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigurationTest {
  @TempDir Path directory;

  private Path file(String... lines) throws Exception {
    Path file = directory.resolve("varve.conf");
    Files.write(file, List.of(lines));
    return file;
  }

  @Test
  void fileIsReadInRedisSyntaxAndCommandLineWins() throws Exception {
    Path file =
        file(
            "# comment",
            "",
            "port 7000",
            "BIND 127.0.0.1 \"::1\"",
            "requirepass \"a \\\"b\\\" \\x41\\n\"",
            "logfile 'it\\'s here'",
            "maxmemory 512mb",
            "save 3600 1 300 100",
            "save \"\"",
            "appendfsync everysec");
    Configuration configuration =
        ConfigurationReader.read(List.of(file.toString(), "--port", "7001", "--save", "60", "1"));
    assertEquals(7001, configuration.get(Settings.PORT));
    assertEquals(List.of("127.0.0.1", "::1"), configuration.get(Settings.BIND));
    assertEquals("a \"b\" A\n", configuration.get(Settings.PASSWORD));
    assertEquals("it's here", configuration.get(Settings.LOG_FILE));
    assertEquals(512L << 20, configuration.memory().total());
    assertEquals(SyncPolicy.EVERYSEC, configuration.get(Settings.SYNC_POLICY));
    assertEquals(Map.of("save", "60 1"), configuration.get("save"::equals));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "port 70000|:2: port '70000': argument must be between 0 and 65535 inclusive; accepted: a number from 0 to 65535",
        "appendfsync sometimes|:2: appendfsync 'sometimes': argument(s) must be one of the following: everysec, always, no; accepted: everysec, always, no",
        "protected-mode maybe|:2: protected-mode 'maybe': argument must be 'yes' or 'no'; accepted: yes or no",
        "maxmemory 5xb|:2: maxmemory '5xb': argument must be a memory value; accepted: a size such as 64mb",
        "prot 1|:2: unknown directive 'prot'; known are port bind",
        "requirepass \"a|:2: unbalanced quotes"
      })
  void whatIsWrongIsNamed(String line, String message) throws Exception {
    Path file = file("# first", line);
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> ConfigurationReader.read(List.of(file.toString())));
    assertTrue(e.getMessage().startsWith(file + message), e.getMessage());
  }

  @Test
  void commandLineErrorsSayWhereTheyAre() {
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> ConfigurationReader.read(List.of("--port", "x")));
    assertTrue(e.getMessage().startsWith("command line: port 'x': "), e.getMessage());
  }

  @Test
  void defaultsAreParsedByTheirOwnTypes() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    for (Setting<?> setting : Settings.all()) {
      assertEquals(1, configuration.get(setting.name()::equals).size(), setting.name());
    }
    assertEquals(6379, configuration.get(Settings.PORT));
    assertEquals(SyncPolicy.ALWAYS, configuration.get(Settings.SYNC_POLICY));
  }

  @Test
  void configSetChangesAllOrNothing() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    assertEquals(
        new Refusal("Databases", "can't set immutable config"),
        configuration.set(List.of(Map.entry("timeout", "5"), Map.entry("Databases", "1"))));
    assertEquals(0, configuration.get(Settings.TIMEOUT));
    assertEquals(
        new Refusal("nothing", null), configuration.set(List.of(Map.entry("nothing", "1"))));
    assertNull(
        configuration.set(List.of(Map.entry("timeout", "5"), Map.entry("requirepass", "x"))));
    assertEquals(5, configuration.get(Settings.TIMEOUT));
    assertEquals("x", configuration.get(Settings.PASSWORD));
  }

  @Test
  void configSetRefusesADirectiveThatIsThereTwice() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    assertEquals(
        new Refusal("TimeOut", "duplicate parameter"),
        configuration.set(List.of(Map.entry("timeout", "5"), Map.entry("TimeOut", "6"))));
    assertEquals(0, configuration.get(Settings.TIMEOUT));
  }

  @Test
  void configSetLooksAtNamesBeforeValues() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    assertEquals(
        new Refusal("nothing", null),
        configuration.set(List.of(Map.entry("timeout", "x"), Map.entry("nothing", "1"))));
    assertEquals(
        "timeout", configuration.set(List.of(Map.entry("TIMEOUT", "x"))).name(), "its own name");
  }

  /** It named hash-max-listpack-entries. */
  @Test
  void configSetNamesASettingAsItWasGiven() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    assertEquals(
        "hash-max-ziplist-entries",
        configuration.set(List.of(Map.entry("Hash-Max-Ziplist-Entries", "x"))).name());
    assertEquals(
        "slave-read-only", configuration.set(List.of(Map.entry("slave-read-only", "x"))).name());
  }

  /** It was a duplicate parameter. */
  @Test
  void configSetTakesASettingByBothItsNames() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    assertNull(
        configuration.set(
            List.of(
                Map.entry("hash-max-listpack-entries", "1"),
                Map.entry("hash-max-ziplist-entries", "2"))));
    assertEquals(2, configuration.get(Settings.HASH_LISTPACK_ENTRIES));
    assertNull(
        configuration.set(
            List.of(
                Map.entry("hash-max-ziplist-entries", "3"),
                Map.entry("hash-max-listpack-entries", "4"))));
    assertEquals(4, configuration.get(Settings.HASH_LISTPACK_ENTRIES));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "1b, 1",
    "2k, 2000",
    "2KB, 2048",
    "3m, 3000000",
    "3mb, 3145728",
    "1g, 1000000000",
    "1GB, 1073741824"
  })
  void memorySizesAreThoseOfRedis(String text, long bytes) {
    assertEquals(bytes, MemorySize.parse(text));
  }

  /** As Redis has them: numbers of bytes, which may have a unit. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "hash-max-listpack-value",
        "hash-max-ziplist-value",
        "zset-max-listpack-value",
        "hll-sparse-max-bytes",
        "stream-node-max-bytes",
        "client-query-buffer-limit"
      })
  void whatIsANumberOfBytesMayHaveAUnit(String name) throws Exception {
    Path file = file(name + " 1mb");
    Configuration configuration = ConfigurationReader.read(List.of(file.toString()));
    assertEquals(Map.of(name, "1048576"), configuration.get(name::equals));
    assertNull(configuration.set(List.of(Map.entry(name, "2MB"))));
    assertEquals(Map.of(name, "2097152"), configuration.get(name::equals));
    assertEquals(
        "argument must be a memory value",
        configuration.set(List.of(Map.entry(name, "1.5mb"))).reason());
  }

  @ParameterizedTest
  @CsvSource({"''", "mb", "-1mb", "1.5mb", "99999999999999999999", "9999999999gb"})
  void whatIsNoMemorySizeIsRefused(String text) {
    assertThrows(IllegalArgumentException.class, () -> MemorySize.parse(text));
  }

  @Test
  void rewriteKeepsCommentsAndOrderAndWhatStillHolds() throws Exception {
    Path file = file("port 7000", "timeout 5", "maxclients 100");
    Configuration configuration =
        ConfigurationReader.read(List.of(file.toString(), "--databases", "3", "--save", ""));
    Files.write(
        file,
        List.of(
            "# the port",
            "  PORT   7000",
            "",
            "timeout 5",
            "maxclients 100",
            "timeout 6",
            "save 3600 1",
            "no-such-directive since the start",
            "# the end"));
    assertNull(
        configuration.set(
            List.of(Map.entry("timeout", "7"), Map.entry("requirepass", "a \"b\" \u00e9\n"))));
    assertTrue(configuration.rewrite());
    List<String> expected =
        List.of(
            "# the port",
            "  PORT   7000",
            "",
            "timeout 7",
            "maxclients 100",
            "save \"\"",
            "no-such-directive since the start",
            "# the end",
            "# Generated by CONFIG REWRITE",
            "requirepass \"a \\\"b\\\" \\xe9\\x0a\"",
            "databases 3");
    assertEquals(expected, Files.readAllLines(file));
    assertTrue(configuration.rewrite());
    assertEquals(expected, Files.readAllLines(file));
    try (var files = Files.list(directory)) {
      assertEquals(1, files.count());
    }
  }

  @Test
  void memoryThatIsSetWhileRunningIsTheBlockCaches() throws Exception {
    Path file = file("maxmemory 1gb");
    Configuration configuration = ConfigurationReader.read(List.of(file.toString()));
    long blocks = configuration.memory().blockCache();
    assertEquals(blocks, configuration.blockCacheBytes());
    assertNull(configuration.set(List.of(Map.entry("maxmemory", "1500mb"))));
    assertEquals(blocks + (476L << 20), configuration.blockCacheBytes());
    assertNull(configuration.set(List.of(Map.entry("maxmemory", "900mb"))));
    assertEquals(blocks - (124L << 20), configuration.blockCacheBytes());
    assertEquals(1L << 30, configuration.memory().total());
    Refusal refusal = configuration.set(List.of(Map.entry("maxmemory", "100mb")));
    assertTrue(refusal.reason().startsWith("can't go below "), refusal.reason());
    long least = Long.parseLong(refusal.reason().replaceAll("[^0-9]+([0-9]+) bytes.*", "$1"));
    refusal = configuration.set(List.of(Map.entry("maxmemory", "abc")));
    assertEquals("argument must be a memory value", refusal.reason());
    assertEquals(900L << 20, configuration.get(Settings.MAX_MEMORY));
    assertTrue(configuration.rewrite());
    assertEquals(List.of("maxmemory 900mb"), Files.readAllLines(file));
    assertNull(configuration.set(List.of(Map.entry("maxmemory", Long.toString(least)))));
    assertNotNull(configuration.set(List.of(Map.entry("maxmemory", Long.toString(least - 1)))));
  }

  @Test
  void whatWasRewrittenIsReadBack() throws Exception {
    Path file = file("# empty");
    Configuration configuration =
        ConfigurationReader.read(
            List.of(file.toString(), "--bind", "127.0.0.1", "-::1", "--logfile", "a 'b' \\ #c"));
    assertNull(configuration.set(List.of(Map.entry("client-output-limit", "1mb"))));
    assertTrue(configuration.rewrite());
    Configuration again = ConfigurationReader.read(List.of(file.toString()));
    assertEquals(configuration.get(name -> true), again.get(name -> true));
    // What is worked out from the machine isn't written down.
    assertTrue(Files.readAllLines(file).stream().noneMatch(line -> line.startsWith("maxmemory")));
  }

  @Test
  void withoutFileNothingIsRewritten() throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of("--port", "7001"));
    assertEquals(false, configuration.rewrite());
  }

  @Test
  void includedFilesStandWhereTheyAreIncluded() throws Exception {
    Path inner = Files.write(directory.resolve("inner.conf"), List.of("timeout 6", "databases 3"));
    Path outer = file("timeout 5", "include \"" + inner + "\"", "databases 4");
    Configuration configuration = ConfigurationReader.read(List.of(outer.toString()));
    assertEquals(6, configuration.get(Settings.TIMEOUT));
    assertEquals(4, configuration.get(Settings.DATABASES));
    Files.write(inner, List.of("include " + outer));
    assertThrows(
        ConfigurationException.class, () -> ConfigurationReader.read(List.of(outer.toString())));
  }

  @Test
  void anIncludedFileThatCannotBeReadIsToldWithTheLineThatIncludesIt() throws Exception {
    Path file = file("timeout 5", "include missing.conf");
    ConfigurationException refused =
        assertThrows(
            ConfigurationException.class, () -> ConfigurationReader.read(List.of(file.toString())));
    assertTrue(
        refused.getMessage().startsWith(file + ":2: include missing.conf: can't be read"),
        refused.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"900", "a b", "0 1", "900 -1", "900 1 300", "'\"  900  1\"'"})
  void illSavePointsAreRefusedAsByRedis(String words) throws Exception {
    Path file = file("save " + words);
    ConfigurationException refused =
        assertThrows(
            ConfigurationException.class, () -> ConfigurationReader.read(List.of(file.toString())));
    assertTrue(refused.getMessage().contains("Invalid save parameters"), refused.getMessage());
  }

  @Test
  void savePointsAddUpUntilNoneIsSaid() throws Exception {
    Path file = file("save 900 1", "save \"300 10\"");
    assertEquals(
        List.of("900", "1", "300", "10"),
        ConfigurationReader.read(List.of(file.toString())).get(Settings.SAVE));
    assertEquals(
        List.of(),
        ConfigurationReader.read(List.of(file.toString(), "--save", "")).get(Settings.SAVE));
  }

  @ParameterizedTest
  @CsvSource({"+5", "05", "' 5'", "5.0", "1e3", "''", "99999999999999999999"})
  void numbersAreSpeltAsRedisTakesThem(String text) throws Exception {
    Configuration configuration = ConfigurationReader.read(List.of());
    assertEquals(
        new Refusal("timeout", "argument couldn't be parsed into an integer"),
        configuration.set(List.of(Map.entry("timeout", text))));
  }

  @Test
  void directivesWithoutAValueAreRefused() {
    for (String name : List.of("timeout", "requirepass", "dir")) {
      ConfigurationException refused =
          assertThrows(
              ConfigurationException.class, () -> ConfigurationReader.read(List.of("--" + name)));
      assertTrue(refused.getMessage().contains("wrong number of arguments"), refused.getMessage());
    }
    assertThrows(
        ConfigurationException.class, () -> ConfigurationReader.read(List.of("--dir", "")));
  }

  /** The folder of an umlaut was another one in a file than on the command line. */
  @Test
  void pathsAreUtf8AndPasswordsAreBytes() throws Exception {
    Path file = directory.resolve("utf8.conf");
    Files.writeString(file, "dir d\u00e4ta\nrequirepass p\u00e4ss\n");
    Configuration configuration = ConfigurationReader.read(List.of(file.toString()));
    assertEquals("d\u00e4ta", configuration.get(Settings.DIRECTORY));
    assertEquals(ByteText.encode("p\u00e4ss"), configuration.get(Settings.PASSWORD));
    String told = configuration.get("dir"::equals).get("dir");
    assertTrue(told.startsWith("/") && told.endsWith("/d\u00c3\u00a4ta"), told);
    ConfigurationException refused =
        assertThrows(
            ConfigurationException.class,
            () -> ConfigurationReader.read(List.of("--dir", "d\u00e4ta")));
    assertTrue(refused.getMessage().contains("must be UTF-8"), refused.getMessage());
  }
}
