import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Runs the packaged server once, on a unix socket in a temporary folder, and lets the JVM archive the classes that it used
 * ({@code lib/varve.aot}, JEP 514), linked and ready. Later starts map them instead of loading them, which takes a
 * third of the time. The archive also has the methods' profiles (JEP 515), so that a new server's compilers know which
 * paths are taken before it has taken them: the server is therefore put under every kind of load that is common.
 * Run by the build: {@code java ArchiveClasses.java <distribution>}.
 */
public final class ArchiveClasses {

  /** What clients ask first; QUIT ends the connection, so that all replies have been read when it is closed. */
  private static final String SESSION =
      """
      PING
      CLIENT SETINFO LIB-NAME varve
      SET key value EX 100
      GET key
      GET missing
      INCR counter
      TTL key
      DEL key
      SCAN 0 COUNT 10
      DBSIZE
      INFO
      CONFIG GET appendfsync
      HELLO 3
      GET counter
      COMMAND DOCS get
      FLUSHALL
      NOSUCHCOMMAND
      QUIT
      """
          .replace("\n", "\r\n");

  private static final int KEYS = 20_000;
  /** Fewer than a server takes where few files may be open. */
  private static final int CONNECTIONS = 24;

  /** Requests that a connection sends at once. */
  private static final int[] PIPELINES = {1, 16, 64};

  private static final int REQUESTS_A_PHASE = 150_000;
  private static final int SYNCED_REQUESTS = 20_000;
  private static final int EXPIRING_KEYS = 400_000;
  private static final int EXPIRING_PIPELINE = 100;

  /** From the first key to the deadline, and from there to when all are gone. */
  private static final int EXPIRY_MILLIS = 8_000;

  private static final String VALUE = "x".repeat(100);
  private static final int SET_REPLY_BYTES = "+OK\r\n".length();
  private static final int GET_REPLY_BYTES = "$100\r\n".length() + VALUE.length() + 2;

  private ArchiveClasses() {}

  /** Runs with the distribution's folder. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path home = Path.of(arguments[0]);
    Path archive = home.resolve("lib/varve.aot");
    Path folder = Files.createTempDirectory("varve");
    Path socket = folder.resolve("s");
    try {
      List<String> command =
          List.of(
              home.resolve("bin/varve-server").toString(),
              "--port", "0",
              "--unixsocket", socket.toString(),
              "--dir", folder.resolve("data").toString(),
              "--memtable-bytes", "8mb",
              "--maxmemory", "512mb");
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("VARVE_JAVA_OPTS", "-XX:AOTCacheOutput=" + archive);
      Process server = builder.start();
      StringBuilder log = new StringBuilder();
      boolean ready = false;
      try (var lines = server.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          log.append(line).append('\n');
          if (line.contains("ready to accept connections")) {
            ready = true;
            talk(socket, SESSION);
            load(socket);
            // Not by the Process, which would close its output as well.
            server.toHandle().destroy();
          }
        }
      } finally {
        server.destroy();
      }
      if (!server.waitFor(60, TimeUnit.SECONDS) || !ready || !Files.isRegularFile(archive)) {
        throw new IOException("no archive of classes was made; the server said:\n" + log);
      }
    } finally {
      delete(folder);
    }
    writeChecksum(home, archive);
  }

  /** Writes down which jars the archive was made from, as the launcher compares it. */
  private static void writeChecksum(Path home, Path archive) throws IOException, InterruptedException {
    ProcessBuilder sum =
        new ProcessBuilder("sh", "-c", "cat \"$1\"/lib/*.jar | cksum", "sh", home.toString())
            .redirectOutput(Path.of(archive + ".cksum").toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    // The order of the jars follows from the locale.
    sum.environment().put("LC_ALL", "C.UTF-8");
    if (sum.start().waitFor() != 0) {
      throw new IOException("cksum failed");
    }
  }

  private static void talk(Path socket, String session) throws IOException {
    try (SocketChannel channel = connect(socket)) {
      channel.write(StandardCharsets.US_ASCII.encode(session));
      ByteBuffer replies = ByteBuffer.allocate(1 << 16);
      while (channel.read(replies) >= 0) {
        replies.clear();
      }
    }
  }

  private static SocketChannel connect(Path socket) throws IOException {
    SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(socket));
    return channel;
  }

  /** Sets and gets of many connections, pipelined and not; memtables are flushed on the way. */
  private static void load(Path socket) throws IOException, InterruptedException {
    List<SocketChannel> channels = new ArrayList<>();
    try {
      for (int i = 0; i < CONNECTIONS; i++) {
        channels.add(connect(socket));
      }
      for (int key = 0; key < KEYS; key++) {
        send(channels.getFirst(), set(key));
        skip(channels.getFirst(), SET_REPLY_BYTES);
      }
      talk(socket, "CONFIG SET appendfsync everysec\r\nQUIT\r\n");
      expiry(channels.getFirst());
      for (int pipeline : PIPELINES) {
        phase(channels, pipeline, true, REQUESTS_A_PHASE);
        phase(channels, pipeline, false, REQUESTS_A_PHASE);
      }
      talk(socket, "CONFIG SET appendfsync always\r\nQUIT\r\n");
      for (int pipeline : PIPELINES) {
        phase(channels, pipeline, true, SYNCED_REQUESTS * pipeline);
      }
    } finally {
      for (SocketChannel channel : channels) {
        channel.close();
      }
    }
  }

  /** Keys that all expire at one moment, when most of them are in tables; some are read meanwhile. */
  private static void expiry(SocketChannel channel) throws IOException, InterruptedException {
    long deadline = System.currentTimeMillis() + EXPIRY_MILLIS;
    for (int i = 0; i < EXPIRING_KEYS; i += EXPIRING_PIPELINE) {
      StringBuilder batch = new StringBuilder();
      for (int key = i; key < i + EXPIRING_PIPELINE; key++) {
        batch.append("*5\r\n$3\r\nSET\r\n$16\r\nexp:%012d\r\n$100\r\n%s\r\n$4\r\nPXAT\r\n$13\r\n%d\r\n".formatted(key, VALUE, deadline));
      }
      send(channel, batch.toString());
      skip(channel, EXPIRING_PIPELINE * SET_REPLY_BYTES);
    }
    Random random = new Random(1);
    while (System.currentTimeMillis() < deadline + EXPIRY_MILLIS) {
      send(channel, "*2\r\n$3\r\nGET\r\n$16\r\n" + name(random.nextInt(KEYS)) + "\r\n");
      skip(channel, GET_REPLY_BYTES);
      Thread.sleep(1);
    }
  }

  private static void phase(List<SocketChannel> channels, int pipeline, boolean sets, int requests)
      throws IOException {
    Random random = new Random(1);
    for (int sent = 0; sent < requests; sent += pipeline * channels.size()) {
      for (SocketChannel channel : channels) {
        StringBuilder batch = new StringBuilder();
        for (int i = 0; i < pipeline; i++) {
          int key = random.nextInt(KEYS);
          batch.append(sets ? set(key) : "*2\r\n$3\r\nGET\r\n$16\r\n" + name(key) + "\r\n");
        }
        send(channel, batch.toString());
      }
      for (SocketChannel channel : channels) {
        skip(channel, pipeline * (sets ? SET_REPLY_BYTES : GET_REPLY_BYTES));
      }
    }
  }

  private static String name(int key) {
    return String.format("key:%012d", key);
  }

  private static String set(int key) {
    return "*3\r\n$3\r\nSET\r\n$16\r\n" + name(key) + "\r\n$100\r\n" + VALUE + "\r\n";
  }

  private static void send(SocketChannel channel, String requests) throws IOException {
    ByteBuffer bytes = StandardCharsets.US_ASCII.encode(requests);
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static void skip(SocketChannel channel, int replyBytes) throws IOException {
    ByteBuffer replies = ByteBuffer.allocate(replyBytes);
    while (replies.hasRemaining()) {
      if (channel.read(replies) < 0) {
        throw new IOException("the server ended a connection");
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    List<Path> paths;
    try (var walk = Files.walk(folder)) {
      paths = walk.toList();
    }
    for (Path path : paths.reversed()) {
      Files.delete(path);
    }
  }
}
