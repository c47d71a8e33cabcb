package dev.varve.integration.peer;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A real Redis 7.0.15 in a process and a directory of its own, without persistence. */
final class RedisServer implements AutoCloseable {
  private static final String VERSION = "v=7.0.15";

  private final Process process;
  private final int port;

  private RedisServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Skips (or fails) the running test unless the Redis that Varve is compared with is there. */
  static void require() {
    Tools.require("redis-server");
    String version = Tools.run(List.of("redis-server", "--version")).succeeded();
    if (!version.contains(VERSION)) {
      Tools.missing("redis-server isn't 7.0.15 but " + version.strip());
    }
  }

  /** Starts one and waits until it takes connections. */
  static RedisServer start(Path directory, String... options) {
    int port = ServerProcess.freePort();
    List<String> command =
        new ArrayList<>(List.of("redis-server", "--port", "" + port, "--bind", "127.0.0.1"));
    command.addAll(List.of("--save", "", "--dir", directory.toString()));
    command.addAll(List.of("--logfile", directory.resolve("redis.log").toString()));
    command.addAll(List.of(options));
    try {
      RedisServer server = launch(directory, port, command);
      if (!server.becomesReady()) {
        throw new IOException("redis-server ended with " + server.process.exitValue());
      }
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts one with a configuration file; null if it refuses that. */
  static RedisServer read(Path directory, Path file) throws IOException {
    int port = ServerProcess.freePort();
    List<String> command =
        List.of("redis-server", file.toString(), "--port", "" + port, "--dir", "" + directory);
    RedisServer server = launch(directory, port, command);
    return server.becomesReady() ? server : null;
  }

  private static RedisServer launch(Path directory, int port, List<String> command)
      throws IOException {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    return new RedisServer(process, port);
  }

  private boolean becomesReady() throws IOException {
    while (process.isAlive()) {
      try {
        new Socket(InetAddress.getLoopbackAddress(), port).close();
        return true;
      } catch (ConnectException notYet) {
        Thread.onSpinWait();
      }
    }
    return false;
  }

  RawClient connect() {
    return RawClient.connect(port);
  }

  int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      process.waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
