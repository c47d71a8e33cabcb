package dev.varve.benchmarks;

import static dev.varve.benchmarks.RespConnection.ascii;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Has clients wait in BLPOP, all for one key and then each for its own, and says what they cost
 * while they wait and when they are served. Those of one key must be served in the order in which
 * they came. Ends with code 1 and says why if an answer is wrong or waiting isn't cheap.
 *
 * <p>Needs nothing but the JDK, so that it runs on the distribution's own runtime.
 */
public final class WaitingLoad {
  private static final int PIPELINE = 100;
  private static final int IDLE_SECONDS = 10;
  private static final double TICKS_A_SECOND = 100;

  /** The most of a processor's time that may be used while all wait. */
  private static final double MOST_WAITING = 0.05;

  private final int port;
  private final long pid;
  private final RespConnection control;
  private final List<SocketChannel> clients = new ArrayList<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(256);

  private WaitingLoad(int port, long pid, RespConnection control) {
    this.port = port;
    this.pid = pid;
    this.control = control;
  }

  /** Runs with {@code PORT PID CLIENTS}. */
  public static void main(String[] arguments) throws Exception {
    int port = Integer.parseInt(arguments[0]);
    try (RespConnection control = new RespConnection(port)) {
      WaitingLoad load = new WaitingLoad(port, Long.parseLong(arguments[1]), control);
      load.connect(Integer.parseInt(arguments[2]));
      load.run("one key", true);
      load.run("a key each", false);
      for (SocketChannel client : load.clients) {
        client.close();
      }
    } catch (IllegalStateException e) {
      System.out.println("FAILED: " + e.getMessage());
      System.exit(1);
    }
  }

  private void connect(int count) throws IOException {
    long before = residentKib();
    for (int i = 0; i < count; i++) {
      SocketChannel client =
          SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      client.setOption(StandardSocketOptions.TCP_NODELAY, true);
      clients.add(client);
    }
    pass();
    System.out.printf(
        Locale.ROOT,
        "%,d clients: %,d KiB resident, %.1f KiB more for each%n",
        count,
        residentKib(),
        (residentKib() - before) / (double) count);
  }

  /** Returns when the server has read what was sent on any connection. */
  private void pass() throws IOException {
    control.write(ascii("PING"));
    control.read();
  }

  private void run(String name, boolean oneKey) throws Exception {
    long ticks = ticks();
    for (int i = 0; i < clients.size(); i++) {
      String key = key(i, oneKey);
      write(
          clients.get(i),
          "*3\r\n$5\r\nBLPOP\r\n$" + key.length() + "\r\n" + key + "\r\n$1\r\n0\r\n");
      // One after another, so that the order in which they came is known.
      pass();
    }
    double microsToWait = micros(ticks);
    long blocked = blocked();
    if (blocked != clients.size()) {
      throw new IllegalStateException(blocked + " clients wait");
    }
    ticks = ticks();
    Thread.sleep(1000L * IDLE_SECONDS);
    double waiting = (ticks() - ticks) / TICKS_A_SECOND / IDLE_SECONDS;
    ticks = ticks();
    for (int i = 0; i < clients.size(); i += PIPELINE) {
      int end = Math.min(clients.size(), i + PIPELINE);
      for (int j = i; j < end; j++) {
        control.write(ascii("RPUSH"), ascii(key(j, oneKey)), ascii("" + j));
      }
      for (int j = i; j < end; j++) {
        control.read();
      }
    }
    for (int i = 0; i < clients.size(); i++) {
      expect(clients.get(i), key(i, oneKey), "" + i);
    }
    System.out.printf(
        Locale.ROOT,
        "%s: us of processor %.1f to wait, %.1f to be served; %.3f of a processor while all wait%n",
        name,
        microsToWait,
        micros(ticks),
        waiting);
    if (waiting > MOST_WAITING) {
      throw new IllegalStateException("waiting isn't cheap");
    }
  }

  private static String key(int number, boolean oneKey) {
    return oneKey ? "key" : "key:" + number;
  }

  private double micros(long ticksBefore) throws IOException {
    return (ticks() - ticksBefore) / TICKS_A_SECOND * 1e6 / clients.size();
  }

  private void write(SocketChannel client, String request) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII));
    while (bytes.hasRemaining()) {
      client.write(bytes);
    }
  }

  private void expect(SocketChannel client, String key, String value) throws IOException {
    String expected =
        "*2\r\n$"
            + key.length()
            + "\r\n"
            + key
            + "\r\n$"
            + value.length()
            + "\r\n"
            + value
            + "\r\n";
    buffer.clear().limit(expected.length());
    while (buffer.hasRemaining()) {
      if (client.read(buffer) < 0) {
        throw new EOFException("closed by the server");
      }
    }
    String found = StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
    if (!found.equals(expected)) {
      throw new IllegalStateException("the client for " + value + " was given " + found);
    }
  }

  private long blocked() throws IOException {
    control.write(ascii("INFO"), ascii("clients"));
    String text = new String(control.readBulk(), StandardCharsets.US_ASCII);
    return text.lines()
        .filter(line -> line.startsWith("blocked_clients:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
        .findFirst()
        .orElseThrow();
  }

  private long ticks() throws IOException {
    String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }

  private long residentKib() throws IOException {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid), "status"))) {
      String line = lines.filter(text -> text.startsWith("VmRSS:")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", ""));
    }
  }
}
