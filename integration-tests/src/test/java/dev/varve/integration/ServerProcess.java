package dev.varve.integration;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * One run of the packaged {@code varve-server}, in a process and a directory of its own. The
 * launcher becomes the server ({@code exec}), so that the process started here is the server
 * itself: signals reach it. What is still running when the tests end is killed.
 */
public final class ServerProcess implements AutoCloseable {

  /** The distribution that is tested: {@code server/target/varve}. */
  public static final Path HOME =
      Path.of(System.getProperty("varve.home", "../server/target/varve"))
          .toAbsolutePath()
          .normalize();

  private static final String READY = "ready to accept connections";
  private static final long PATIENCE_SECONDS = 60;
  private static final Set<Process> RUNNING = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(() -> RUNNING.forEach(Process::destroyForcibly)));
  }

  private final Process process;
  private final int port;
  private final Queue<String> log = new ConcurrentLinkedQueue<>();
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final Thread reader;

  private ServerProcess(Process process, int port) {
    this.process = process;
    this.port = port;
    RUNNING.add(process);
    reader = Thread.ofVirtual().start(this::readLog);
  }

  /** What a run that ended left behind: its exit code and all that it printed. */
  public record Exit(int code, String output) {}

  /** A run to come, with its data in the given directory. */
  public static Builder in(Path directory) {
    return new Builder(directory);
  }

  /** Collects what a run is to be started with. */
  public static final class Builder {
    private final Path directory;
    private final List<String> prefix = new ArrayList<>();
    private final List<String> arguments = new ArrayList<>();
    private final Map<String, String> environment = new TreeMap<>();
    private Path launcher = HOME.resolve("bin/varve-server");
    private int port = freePort();

    private Builder(Path directory) {
      this.directory = directory;
    }

    /** Adds directives to the command line. */
    public Builder with(String... directiveAndValue) {
      arguments.addAll(List.of(directiveAndValue));
      return this;
    }

    public Builder port(int number) {
      port = number;
      return this;
    }

    public Builder environment(String name, String value) {
      environment.put(name, value);
      return this;
    }

    /** Starts the launcher by another path, such as a link to it. */
    public Builder launcher(Path path) {
      launcher = path;
      return this;
    }

    /** Starts the launcher through another command, such as one that changes the user. */
    public Builder through(String... command) {
      prefix.addAll(List.of(command));
      return this;
    }

    /** Starts the server and waits until it says that it is ready. */
    public ServerProcess start() {
      ServerProcess server = launch();
      server.awaitReady();
      return server;
    }

    /** Starts the server, expecting it to end by itself, and waits for that. */
    public Exit run() {
      ServerProcess server = launch();
      try {
        return server.awaitExit();
      } finally {
        server.kill();
      }
    }

    /** Starts the server and waits for nothing. */
    public ServerProcess launch() {
      List<String> command = new ArrayList<>(prefix);
      command.add(launcher.toString());
      // A configuration file comes first, if there is one.
      boolean hasFile = !arguments.isEmpty() && !arguments.getFirst().startsWith("--");
      int first = hasFile ? 1 : 0;
      command.addAll(arguments.subList(0, first));
      command.addAll(List.of("--port", Integer.toString(port), "--dir", directory.toString()));
      command.addAll(arguments.subList(first, arguments.size()));
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .directory(directory.getParent().toFile());
      builder.environment().putAll(environment);
      try {
        return new ServerProcess(builder.start(), port);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A port of the loopback that nobody listened on a moment ago. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public int port() {
    return port;
  }

  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** All that the server printed so far. */
  public String log() {
    return String.join("\n", log);
  }

  public RawClient connect() {
    return RawClient.connect(port);
  }

  /** One figure of {@code /proc/<pid>/status}, in KiB: {@code VmRSS}, {@code VmHWM}. */
  public long memoryKib(String field) {
    try (var lines = Files.lines(Path.of("/proc", Long.toString(pid()), "status"))) {
      String line = lines.filter(l -> l.startsWith(field + ":")).findFirst().orElseThrow();
      return Long.parseLong(line.replaceAll("\\D", ""));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** How many files and sockets the server holds open. */
  public int openFiles() {
    try (var files = Files.list(Path.of("/proc", Long.toString(pid()), "fd"))) {
      return Math.toIntExact(files.count());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** {@code kill -9}, and waits for the end. */
  public void kill() {
    process.toHandle().destroyForcibly();
    awaitExit();
  }

  /** {@code SIGTERM}, and waits for the end. */
  public Exit terminate() {
    requestEnd();
    return awaitExit();
  }

  /** {@code SIGTERM}, and waits for nothing. */
  public void requestEnd() {
    // Not by the Process, which would close its output as well.
    process.toHandle().destroy();
  }

  /** Lets the server run for so long, unless it ends by itself before. */
  public void run(Duration time) {
    try {
      process.waitFor(time.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits for the server to end by itself. */
  public Exit awaitExit() {
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError(
            "the server still runs after " + PATIENCE_SECONDS + " s; it printed:\n" + log());
      }
      reader.join();
      RUNNING.remove(process);
      return new Exit(process.exitValue(), log());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Kills the server if it still runs. */
  @Override
  public void close() {
    kill();
  }

  /** Waits until the server is ready or has ended, and returns which. */
  public boolean becomesReady() {
    try {
      ready.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return true;
    } catch (ExecutionException ended) {
      return false;
    } catch (TimeoutException e) {
      throw new AssertionError("the server doesn't become ready; it printed:\n" + log(), e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void awaitReady() {
    try {
      ready.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      kill();
      throw new AssertionError("the server didn't become ready; it printed:\n" + log(), e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private void readLog() {
    try (InputStream in = process.getInputStream();
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        log.add(line);
        if (line.contains(READY)) {
          ready.complete(null);
        }
      }
      ready.completeExceptionally(new IllegalStateException("the server ended"));
    } catch (IOException e) {
      log.add(e.toString());
      ready.completeExceptionally(e);
    }
  }
}
