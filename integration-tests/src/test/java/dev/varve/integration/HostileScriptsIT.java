package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Scripts that are written to escape, hang or exhaust: each ends in an error, some because somebody
 * ends them, others are served or told that the server is busy meanwhile, and the server stays
 * within its memory. What they do is in {@code hostile-scripts.txt}; here it is wrapped in what
 * calls it: what catches errors, coroutines, metamethods, library functions that call back.
 */
final class HostileScriptsIT {
  private static final String MAX_MEMORY = "128mb";
  private static final long MAX_MEMORY_KIB = 128 << 10;
  private static final int BUSY_MILLIS = 20;
  private static final Duration PAUSE = Duration.ofMillis(1);

  /** Looks at a script that has to end by itself, and doesn't. */
  private static final int PATIENCE_TURNS = 10_000;

  /** A body is run as it is, and in so many of the wrappings in turn. */
  private static final int WRAPPINGS_EACH = 2;

  private static final String PLAIN = "%s";

  /** Each ends with an error if its body does, and never if its body doesn't. */
  private static final List<String> WRAPPINGS =
      List.of(
          "local ok, e = pcall(function() %s end) if ok then return e end error(e)",
          "return coroutine.wrap(function() %s end)()",
          "return assert(loadstring([===[%s]===]))()",
          "return (('x'):gsub('x', function() %s end))",
          "table.sort({3, 2, 1}, function() %s end) return 1",
          "return setmetatable({}, {__index = function() %s end}).x",
          "for x in function() %s end do end",
          "return tostring(setmetatable({}, {__tostring = function() %s end}))",
          "local ok, e = xpcall(function() %s end, function(e) return e end) error(e or 'x')");

  /** Never ends, whatever its body does. */
  private static final String STUBBORN = "while true do pcall(function() %s end) end";

  private static final String LIBRARY =
      "#!lua name=hostile\nredis.register_function('hostile', function() %s end)";

  @TempDir Path folder;

  /** A line of the list, and the section that it is in. */
  private record Body(String section, String text) {
    boolean isEndless() {
      return section.equals("endless");
    }

    boolean writes() {
      return section.equals("writes");
    }

    /** Whether it is an error itself, and not only what it answers with. */
    boolean fails() {
      return !section.equals("replies");
    }
  }

  private static List<Body> bodies() {
    List<Body> bodies = new ArrayList<>();
    try (InputStream in = HostileScriptsIT.class.getResourceAsStream("hostile-scripts.txt")) {
      String section = "";
      String text = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
      for (String line : text.lines().toList()) {
        if (line.startsWith("[")) {
          section = line.substring(1, line.length() - 1);
        } else if (!line.isEmpty() && !line.startsWith("#")) {
          bodies.add(new Body(section, line));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bodies;
  }

  private ServerProcess start() {
    return ServerProcess.in(folder.resolve("data"))
        .with("--maxmemory", MAX_MEMORY, "--appendfsync", "everysec")
        .with("--busy-reply-threshold", Integer.toString(BUSY_MILLIS))
        .start();
  }

  /** Runs them one after the other, and looks how others fare beside. */
  private static final class Bench implements AutoCloseable {
    private final ServerProcess server;
    private final RawClient attacker;
    private final RawClient other;
    private final Set<String> done = new LinkedHashSet<>();
    private final List<String> wrong = new ArrayList<>();
    private int ended;

    Bench(ServerProcess server) throws IOException {
      this.server = server;
      this.attacker = server.connect();
      this.other = server.connect();
      assertEquals("OK", other.call("SET", "mine", "kept"));
    }

    /**
     * Has a command run a script, and waits for its end.
     *
     * @param killed what ends it; null: it has to end by itself
     */
    void run(String killed, String... command) throws IOException {
      String what = String.join(" ", command);
      try {
        run(killed, what, command);
      } catch (IOException e) {
        server.run(Duration.ofSeconds(1));
        throw new AssertionError(what + ", and the server printed:\n" + server.log(), e);
      }
    }

    private void run(String killed, String what, String[] command) throws IOException {
      done.add(what);
      attacker.send(RawClient.frame(command));
      int turns = 0;
      while (!attacker.hasReply()) {
        server.run(PAUSE);
        assertTrue(server.isAlive(), () -> "ended by " + what + "\n" + server.log());
        Object pong = other.call("PING");
        if (pong instanceof RawClient.ErrorReply error) {
          assertTrue(error.text().startsWith("BUSY "), () -> what + ": " + error);
          if (killed != null) {
            // It may have ended by itself meanwhile.
            other.call(killed, "KILL");
            ended++;
          } else if (++turns == PATIENCE_TURNS) {
            wrong.add(what + " doesn't end");
            other.call(command[0].equals("EVAL") ? "SCRIPT" : "FUNCTION", "KILL");
          }
        } else {
          assertEquals("PONG", pong, what);
        }
      }
      Object reply = attacker.read();
      if (!(reply instanceof RawClient.ErrorReply)) {
        wrong.add(what + " answers " + reply);
      }
      assertArrayEquals(RawClient.ascii("kept"), (byte[]) other.call("GET", "mine"), what);
    }

    /** All that ran ended in an error, some were ended, and the server has kept to its memory. */
    void check() {
      assertEquals(List.of(), wrong);
      assertTrue(ended > 0);
      long peak = server.memoryKib("VmHWM");
      assertTrue(peak < MAX_MEMORY_KIB, () -> "resident memory rose to " + peak + " KiB");
    }

    @Override
    public void close() {
      attacker.close();
      other.close();
    }
  }

  private static String wrapped(String wrapping, Body body) {
    return wrapping.replace("%s", body.text());
  }

  @Test
  void aThousandScriptsEndInAnErrorEach() throws IOException {
    List<Body> bodies = bodies();
    try (ServerProcess server = start();
        Bench bench = new Bench(server)) {
      for (int i = 0; i < bodies.size(); i++) {
        Body body = bodies.get(i);
        String killed = body.isEndless() ? "SCRIPT" : null;
        bench.run(killed, "EVAL", wrapped(PLAIN, body), "0");
        for (int n = 0; body.fails() && n < WRAPPINGS_EACH; n++) {
          String wrapping = WRAPPINGS.get((i + n * 4) % WRAPPINGS.size());
          bench.run(killed, "EVAL", wrapped(wrapping, body), "0");
        }
        if (!body.writes() && i % 3 == 0) {
          bench.run("SCRIPT", "EVAL", wrapped(STUBBORN, body), "0");
        }
      }
      assertTrue(bench.done.size() >= 1_000, () -> bench.done.size() + " scripts");
      bench.check();
    }
  }

  @Test
  void functionsEndInAnErrorEach() throws IOException {
    List<Body> bodies = bodies();
    try (ServerProcess server = start();
        Bench bench = new Bench(server)) {
      for (int i = 0; i < bodies.size(); i += 3) {
        Body body = bodies.get(i);
        String library = wrapped(LIBRARY, body);
        assertArrayEquals(
            RawClient.ascii("hostile"),
            (byte[]) bench.other.call("FUNCTION", "LOAD", "REPLACE", library));
        bench.run(body.isEndless() ? "FUNCTION" : null, "FCALL", "hostile", "0");
        // The text of a library runs when it is loaded, and not for long.
        boolean isLegal = !body.fails() || body.text().contains("register_function");
        if (!isLegal && (!body.isEndless() || i % 4 == 0)) {
          bench.run(null, "FUNCTION", "LOAD", "REPLACE", "#!lua name=hostile\n" + body.text());
        }
      }
      bench.check();
    }
  }

  @Test
  void oneThatHasWrittenIsEndedWithTheServer() throws IOException {
    try (ServerProcess server = start();
        RawClient attacker = server.connect();
        RawClient other = server.connect()) {
      assertEquals("OK", other.call("SET", "mine", "kept"));
      attacker.send(
          RawClient.frame("EVAL", "redis.call('SET', 'its', 'x') while true do end", "0"));
      while (!(other.call("PING") instanceof RawClient.ErrorReply)) {
        server.run(PAUSE);
      }
      RawClient.ErrorReply error = (RawClient.ErrorReply) other.call("SCRIPT", "KILL");
      assertTrue(error.text().startsWith("UNKILLABLE "), error::text);
      other.send(RawClient.frame("SHUTDOWN", "NOSAVE"));
      assertEquals(0, server.awaitExit().code());
    }
    try (ServerProcess server = start();
        RawClient other = server.connect()) {
      assertArrayEquals(RawClient.ascii("kept"), (byte[]) other.call("GET", "mine"));
      assertNull(other.call("GET", "its"));
    }
  }
}
