package dev.varve.lua;

import dev.varve.lua.runtime.Interpreter;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * The libraries that encode, and all else that redis-server has of Lua, run here and by its EVAL.
 */
final class CodecsTest {
  private static final String BEGIN =
      "local lines = {}\nlocal print = function(s) lines[#lines + 1] = s end\n";
  private static final String END = "return table.concat(lines, '\\n')\n";

  private static Process server;
  private static int port;

  @BeforeAll
  static void start() throws IOException, InterruptedException {
    if (!Files.isExecutable(Path.of("/usr/bin/redis-server"))) {
      return;
    }
    try (ServerSocket s = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = s.getLocalPort();
    }
    server =
        new ProcessBuilder(
                "redis-server",
                "--port",
                String.valueOf(port),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no")
            .redirectErrorStream(true)
            .start();
    byte[] line = new byte[256];
    StringBuilder said = new StringBuilder();
    InputStream in = server.getInputStream();
    while (said.indexOf("Ready to accept") < 0) {
      int n = in.read(line);
      if (n < 0) {
        throw new EOFException(said.toString());
      }
      said.append(new String(line, 0, n, StandardCharsets.UTF_8));
    }
  }

  @AfterAll
  static void stop() {
    if (server != null) {
      server.destroy();
    }
  }

  private static String byRedis(String script) {
    try (Socket s = new Socket(InetAddress.getLoopbackAddress(), port)) {
      byte[] b = script.getBytes(StandardCharsets.ISO_8859_1);
      s.getOutputStream()
          .write(("*3\r\n$4\r\nEVAL\r\n$" + b.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      s.getOutputStream().write(b);
      s.getOutputStream().write("\r\n$1\r\n0\r\n".getBytes(StandardCharsets.US_ASCII));
      InputStream in = new BufferedInputStream(s.getInputStream());
      String head = line(in);
      if (!head.startsWith("$")) {
        throw new IllegalStateException(head);
      }
      return new String(
          in.readNBytes(Integer.parseInt(head.substring(1))), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder s = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      s.append((char) c);
    }
    if (in.read() != '\n') {
      throw new IOException("no line");
    }
    return s.toString();
  }

  private static String here(String script) {
    return Run.onStack(
        () -> {
          Interpreter lua = Run.interpreter();
          Lua.installCodecs(lua);
          return lua.call(Lua.load(lua, script, "=user_script")).toString();
        });
  }

  private static void compare(List<String> programs) {
    Assumptions.assumeTrue(server != null, "no redis-server here");
    String script = BEGIN + Run.driver(programs) + END;
    SnippetsTest.compare(programs, byRedis(script), here(script));
  }

  @Test
  void giveWhatRedisGives() {
    compare(Arrays.asList(SnippetsTest.resource("codecs.txt").split("\n----\n")));
  }

  @Test
  void randomValuesAreEncodedAndDecodedAsRedisDoes() {
    long seed = Run.seed("randomValuesAreEncodedAndDecodedAsRedisDoes");
    RandomGenerator random = new SplittableRandom(seed);
    List<String> programs = new ArrayList<>();
    for (int i = 0; i < 1_500; i++) {
      programs.add(
          switch (i % 5) {
            case 0 -> "return cjson.encode(" + value(random, 4) + ")";
            case 1 -> "return cmsgpack.pack(" + value(random, 4) + ", " + value(random, 2) + ")";
            case 2 -> "return cjson.encode(cjson.decode('" + json(random) + "'))";
            case 3 -> "return cjson.encode({cmsgpack.unpack('" + bytes(random) + "')})";
            default -> structure(random);
          });
    }
    compare(programs);
  }

  private static String value(RandomGenerator r, int depth) {
    return switch (r.nextInt(depth == 0 ? 6 : 9)) {
      case 0 -> String.valueOf(r.nextInt(-300, 300));
      case 1 -> String.valueOf(Math.scalb(r.nextDouble(), r.nextInt(-40, 40)));
      case 2 -> "'" + bytes(r) + "'";
      case 3 -> r.nextBoolean() ? "true" : "false";
      case 4 -> String.valueOf(r.nextLong() >> r.nextInt(63));
      case 5 -> "cjson.null";
      case 6 ->
          "{" + value(r, depth - 1) + ", " + value(r, depth - 1) + ", " + value(r, depth - 1) + "}";
      case 7 ->
          "{a = "
              + value(r, depth - 1)
              + ", ['k"
              + r.nextInt(50)
              + "'] = "
              + value(r, depth - 1)
              + ", b = 1, c = 'x'}";
      default -> "{[" + r.nextInt(1, 14) + "] = " + value(r, depth - 1) + "}";
    };
  }

  private static String bytes(RandomGenerator r) {
    StringBuilder s = new StringBuilder();
    for (int i = r.nextInt(12); i > 0; i--) {
      s.append(String.format("\\%03d", r.nextInt(256)));
    }
    return s.toString();
  }

  /** JSON, or nearly. */
  private static String json(RandomGenerator r) {
    String[] parts = {
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      "\"a\"",
      "\"b\"",
      "1",
      "-2.5",
      "1e5",
      "true",
      "false",
      "null",
      " ",
      "\"\\\\u00e9\"",
      "0x1",
      "nan",
      "\"",
      "\\\\"
    };
    String[] whole = {
      "[1,2,{\"a\":[]}]",
      "{\"a\":{\"b\":[null,true]}}",
      "[\"x\",1.25,-3e-5]",
      "{\"k\":\"v\",\"n\":0.1}"
    };
    StringBuilder s = new StringBuilder(whole[r.nextInt(whole.length)]);
    for (int i = r.nextInt(3); i > 0; i--) {
      s.insert(r.nextInt(s.length() + 1), parts[r.nextInt(parts.length)]);
    }
    return s.toString();
  }

  private static String structure(RandomGenerator r) {
    String options = "bBhHlLiITfdsxc<>!";
    StringBuilder format = new StringBuilder();
    for (int i = r.nextInt(1, 6); i > 0; i--) {
      char c = options.charAt(r.nextInt(options.length()));
      format.append(c);
      if ((c == 'i' || c == 'I' || c == 'c') && r.nextBoolean()) {
        format.append(r.nextInt(9));
      }
    }
    String f = "'" + format + "'";
    if (r.nextBoolean()) {
      return "return struct.pack(" + f + ", 1, -2, 300, 4.5, '5', 6)";
    }
    return "return struct.size("
        + f
        + "), struct.unpack("
        + f
        + ", '"
        + bytes(r)
        + bytes(r)
        + bytes(r)
        + "')";
  }
}
