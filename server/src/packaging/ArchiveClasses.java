import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs the packaged server once, on a unix socket in a temporary folder, and lets the JVM archive the classes that it used
 * ({@code lib/varve.aot}, JEP 514), linked and ready. Later starts map them instead of loading them, which takes a
 * third of the time. Run by the build: {@code java ArchiveClasses.java <distribution>}.
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
              "--maxmemory", "512mb");
      ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
      builder.environment().put("VARVE_JAVA_OPTS", "-XX:AOTCacheOutput=" + archive);
      Process server = builder.start();
      StringBuilder log = new StringBuilder();
      try (var lines = server.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          log.append(line).append('\n');
          if (line.contains("ready to accept connections")) {
            talk(socket);
            // Not by the Process, which would close its output as well.
            server.toHandle().destroy();
          }
        }
      } finally {
        server.destroy();
      }
      if (!server.waitFor(60, TimeUnit.SECONDS) || !Files.isRegularFile(archive)) {
        throw new IOException("no archive of classes was made; the server said:\n" + log);
      }
    } finally {
      delete(folder);
    }
  }

  private static void talk(Path socket) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(StandardCharsets.US_ASCII.encode(SESSION));
      ByteBuffer replies = ByteBuffer.allocate(1 << 16);
      while (channel.read(replies) >= 0) {
        replies.clear();
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
