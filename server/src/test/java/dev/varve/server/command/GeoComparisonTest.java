package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The same commands on places to Redis 7.0.15 and to ours: the same must come back. */
final class GeoComparisonTest {
  private static final int COMMANDS = 5_000;

  /** Distances in metres; C's sine and Java's may differ in the last digit of 17. */
  private static final Pattern DISTANCE = Pattern.compile("(?<=\r\n)\\d+\\.\\d{4}(?=\r\n)");

  private static final String[] UNITS = {"m", "km", "ft", "mi", "KM", "parsec"};

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({"RESP2, 128, 0.3", "RESP3, 3, 0.1"})
  void randomCommandsAnswerAsRedisDoes(ProtocolVersion version, int entries, double needsRead)
      throws IOException {
    long seed = Seed.of("randomCommandsAnswerAsRedisDoes " + version + " " + entries);
    Random random = new Random(seed);
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(seed, needsRead), seed);
    ours.limits().packed(entries, 1024);
    Session session = ours.connect();
    try (RedisProcess redis = RedisProcess.start(directory)) {
      redis.version(version);
      redis.execute("HELLO", "" + version.number());
      ours.execute(session, "HELLO", "" + version.number());
      for (int i = 0; i < COMMANDS; i++) {
        String[] command = next(random);
        assertSame(
            redis.execute(command),
            ours.execute(session, command),
            i + ": " + Arrays.toString(command));
      }
    }
  }

  @Test
  void whatCommandTellsOfPlacesIsWhatRedisTells() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    int compared = 0;
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (CommandSpec command : ours.commands().all()) {
        if (command.group() == CommandGroup.GEO) {
          String[] info = {"COMMAND", "INFO", command.name()};
          assertEquals(redis.execute(info), ours.execute(session, info), command.name());
          compared++;
        }
      }
      for (String line :
          List.of(
              "GEORADIUS k 1 2 3 m STORE a STOREDIST b",
              "GEORADIUS k 1 2 3 m STORE",
              "GEORADIUSBYMEMBER k m 3 m STOREDIST b",
              "GEOSEARCHSTORE a b FROMMEMBER x BYRADIUS 1 m")) {
        String[] keys = ("COMMAND GETKEYS " + line).split(" ");
        assertEquals(redis.execute(keys), ours.execute(session, keys), line);
      }
    }
    assertEquals(10, compared);
  }

  /**
   * Scores that no place has; found by a long run of PeerIT, with a score of 2 to the 64 at most.
   */
  @Test
  void scoresThatArePlacesOfNobodyAreTakenAsRedisTakesThem() throws IOException {
    CommandHarness ours = CommandHarness.withWallClock(new FakeEngine(1, 0), 1);
    Session session = ours.connect();
    List<String> scores =
        List.of(
            "-inf",
            "-1e300",
            "-9223372036854775808",
            "-4503599627370496",
            "-1.5",
            "-0.0",
            "0.9",
            "4503599627370496",
            "9007199254740993",
            "9223372036854774784",
            "9223372036854775808",
            "9223372036854777856",
            "13835058055282163712",
            "18446744073709549568",
            "18446744073709551616",
            "1e300",
            "inf");
    try (RedisProcess redis = RedisProcess.start(directory)) {
      for (String score : scores) {
        for (String line :
            List.of(
                "ZADD k " + score + " " + score,
                "ZADD k 3479099956230698 palermo",
                "GEOHASH k " + score,
                "GEOPOS k " + score,
                "GEODIST k palermo " + score)) {
          String[] command = line.split(" ");
          assertSame(redis.execute(command), ours.execute(session, command), line);
        }
      }
    }
  }

  private static void assertSame(String expected, String actual, String message) {
    Matcher one = DISTANCE.matcher(expected);
    Matcher other = DISTANCE.matcher(actual);
    while (one.find() && other.find()) {
      assertEquals(
          Double.parseDouble(one.group()), Double.parseDouble(other.group()), 0.00011, message);
    }
    assertEquals(one.replaceAll("near"), other.replaceAll("near"), message);
  }

  private static String[] next(Random random) {
    return switch (random.nextInt(14)) {
      case 0, 1, 2, 3 -> add(random);
      case 4 -> words("GEOPOS", key(random), member(random), member(random));
      case 5 -> words("GEOHASH", key(random), member(random), member(random));
      case 6 ->
          random.nextBoolean()
              ? words("GEODIST", key(random), member(random), member(random))
              : words("GEODIST", key(random), member(random), member(random), unit(random));
      case 7, 8 -> radius(random);
      case 9, 10, 11 -> search(random);
      case 12 ->
          random.nextInt(3) == 0
              ? words(pick(random, "DEL", "GEOPOS", "SADD"), key(random), "x")
              : words("ZRANGE", key(random), "0", "-1", "WITHSCORES");
      default -> illFormed(random);
    };
  }

  private static String[] add(Random random) {
    List<String> words = new ArrayList<>(List.of("GEOADD", key(random)));
    for (int i = random.nextInt(4) == 0 ? 2 : 0; i > 0; i--) {
      words.add(pick(random, "NX", "XX", "CH", "ch"));
    }
    for (int i = 1 + random.nextInt(20); i > 0; i--) {
      words.add(longitude(random));
      words.add(latitude(random));
      words.add(member(random));
    }
    return words.toArray(String[]::new);
  }

  private static String[] radius(Random random) {
    boolean byMember = random.nextBoolean();
    boolean readOnly = random.nextBoolean();
    List<String> words = new ArrayList<>();
    words.add("GEORADIUS" + (byMember ? "BYMEMBER" : "") + (readOnly ? "_RO" : ""));
    words.add(key(random));
    if (byMember) {
      words.add(member(random));
    } else {
      words.add(longitude(random));
      words.add(latitude(random));
    }
    words.add(length(random));
    words.add(unit(random));
    options(random, words);
    if (random.nextInt(5) == 0) {
      words.add(pick(random, "STORE", "store"));
      words.add(key(random));
    }
    return words.toArray(String[]::new);
  }

  private static String[] search(Random random) {
    boolean stores = random.nextInt(4) == 0;
    List<String> words = new ArrayList<>();
    words.add(stores ? "GEOSEARCHSTORE" : "geosearch");
    words.add(key(random));
    if (stores) {
      words.add(key(random));
    }
    if (random.nextBoolean()) {
      words.addAll(List.of("FROMMEMBER", member(random)));
    } else {
      words.addAll(List.of("FROMLONLAT", longitude(random), latitude(random)));
    }
    if (random.nextBoolean()) {
      words.addAll(List.of("BYRADIUS", length(random), unit(random)));
    } else {
      words.addAll(List.of("BYBOX", length(random), length(random), unit(random)));
    }
    options(random, words);
    return words.toArray(String[]::new);
  }

  private static void options(Random random, List<String> words) {
    if (random.nextInt(2) == 0) {
      words.add(pick(random, "ASC", "DESC", "asc"));
    }
    if (random.nextInt(3) == 0) {
      words.add("COUNT");
      words.add(random.nextInt(8) == 0 ? pick(random, "0", "-1", "x") : "" + random.nextInt(10));
      if (random.nextInt(3) == 0) {
        words.add("ANY");
      }
    }
    for (String with : List.of("WITHDIST", "WITHHASH", "WITHCOORD")) {
      if (random.nextInt(4) == 0) {
        words.add(random.nextBoolean() ? with : with.toLowerCase(Locale.ROOT));
      }
    }
  }

  private static String[] illFormed(Random random) {
    return switch (random.nextInt(10)) {
      case 0 -> words("GEOADD", key(random), "1", "2");
      case 1 -> words("GEOADD", key(random), "NX", "XX", "1", "2", "m");
      case 2 -> words("GEOADD", key(random), "x", "2", "m");
      case 3 -> words("GEOADD", key(random), "181", "-0", "m");
      case 4 -> words("GEOADD", key(random), "CH", "NX", "CH");
      case 5 -> words("GEOSEARCH", key(random), "FROMMEMBER", "m1", "ASC", "DESC", "ASC");
      case 6 -> words("GEOSEARCH", key(random), "BYRADIUS", "1", "m", "ASC", "DESC");
      case 7 -> words("GEODIST", key(random), "a", "b", "m", "m");
      case 8 -> words("GEOSEARCH", key(random), "FROMLONLAT", "1", "2", "BYRADIUS", "-1", "m");
      default -> words("GEORADIUS", key(random), "1", "2", "3", "m", "ANY");
    };
  }

  private static String key(Random random) {
    return pick(random, "a", "b", "c", "none");
  }

  private static String member(Random random) {
    return "m" + random.nextInt(150);
  }

  private static String unit(Random random) {
    return UNITS[random.nextInt(random.nextInt(12) == 0 ? UNITS.length : UNITS.length - 1)];
  }

  private static String length(Random random) {
    return switch (random.nextInt(12)) {
      case 0 -> "0";
      case 1 -> "x";
      case 2 -> "1e8";
      default -> "" + Math.exp(random.nextDouble() * 14);
    };
  }

  /** Many places are near each other. */
  private static String longitude(Random random) {
    return switch (random.nextInt(20)) {
      case 0 -> pick(random, "180", "-180", "0", "-0", "180.1", "inf");
      case 1, 2, 3 -> "" + (random.nextDouble() * 360 - 180);
      default -> "" + (2.35 + random.nextGaussian() * 3);
    };
  }

  private static String latitude(Random random) {
    return switch (random.nextInt(20)) {
      case 0 -> pick(random, "85.05112878", "-85.05112878", "0", "-0", "85.06", "nan");
      case 1, 2, 3 -> "" + (random.nextDouble() * 170 - 85);
      default -> "" + (48.85 + random.nextGaussian() * 3);
    };
  }

  private static String pick(Random random, String... choices) {
    return choices[random.nextInt(choices.length)];
  }

  private static String[] words(String... words) {
    return words;
  }
}
