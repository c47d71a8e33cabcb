package dev.varve.server.command;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.server.dispatch.Session;
import dev.varve.server.testing.CommandHarness;
import dev.varve.server.testing.FakeEngine;
import dev.varve.server.testing.Seed;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** BITOP of strings longer than what it works on at a time, against arrays of bytes. */
final class LongBitOperationTest {
  private static final int OPERATIONS = 150;

  private static final int LONGEST = 200_000;

  private final Map<String, byte[]> model = new TreeMap<>();
  private Random random;
  private CommandHarness server;
  private Session session;

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1})
  void resultsAreThoseOfTheirSources(double needsRead) {
    long seed = Seed.of("resultsAreThoseOfTheirSources " + needsRead);
    random = new Random(seed);
    server = new CommandHarness(new FakeEngine(seed, needsRead), seed);
    session = server.connect();
    for (int i = 0; i < OPERATIONS; i++) {
      step();
    }
  }

  private void step() {
    String target = key();
    switch (random.nextInt(6)) {
      case 0 -> {
        byte[] bytes = new byte[random.nextInt(LONGEST)];
        if (random.nextInt(4) > 0) {
          random.nextBytes(bytes);
        }
        server.execute(session, "SET", target, text(bytes));
        model.put(target, bytes);
      }
      case 1 -> {
        byte[] before = of(target);
        int at = random.nextInt(LONGEST);
        byte[] after = Arrays.copyOf(before, Math.max(before.length, at + 1));
        after[at] = 'x';
        server.execute(session, "SETRANGE", target, "" + at, "x");
        model.put(target, after);
      }
      case 2 -> invert(target);
      default -> combine(target);
    }
    check(target);
  }

  private void invert(String target) {
    String source = key();
    byte[] result = of(source).clone();
    for (int i = 0; i < result.length; i++) {
      result[i] = (byte) ~result[i];
    }
    stored(target, result, "BITOP", "NOT", target, source);
  }

  private void combine(String target) {
    List<String> sources = List.of(key(), key(), key()).subList(0, 1 + random.nextInt(3));
    int operation = random.nextInt(3);
    int length = sources.stream().mapToInt(source -> of(source).length).max().orElseThrow();
    byte[] result = Arrays.copyOf(of(sources.getFirst()), length);
    for (String source : sources.subList(1, sources.size())) {
      byte[] its = Arrays.copyOf(of(source), length);
      for (int i = 0; i < length; i++) {
        result[i] =
            (byte)
                switch (operation) {
                  case 0 -> result[i] & its[i];
                  case 1 -> result[i] | its[i];
                  default -> result[i] ^ its[i];
                };
      }
    }
    String[] command = new String[3 + sources.size()];
    command[0] = "BITOP";
    command[1] = List.of("AND", "OR", "XOR").get(operation);
    command[2] = target;
    for (int i = 0; i < sources.size(); i++) {
      command[3 + i] = sources.get(i);
    }
    stored(target, result, command);
  }

  private void stored(String target, byte[] result, String... command) {
    assertEquals(
        ":" + result.length + "\r\n",
        server.execute(session, command),
        () -> Arrays.toString(command));
    if (result.length == 0) {
      model.remove(target);
    } else {
      model.put(target, result);
    }
  }

  private void check(String key) {
    byte[] its = model.get(key);
    String expected = its == null ? "$-1\r\n" : "$" + its.length + "\r\n" + text(its) + "\r\n";
    assertEquals(expected.hashCode(), server.execute(session, "GET", key).hashCode(), key);
  }

  private byte[] of(String key) {
    return model.getOrDefault(key, new byte[0]);
  }

  private String key() {
    return "k" + random.nextInt(5);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }
}
