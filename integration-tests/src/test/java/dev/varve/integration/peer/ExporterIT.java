package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.Tools;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What those who watch find in Redis 7.0.15, they find in Varve. */
final class ExporterIT {
  private static final String EXPORTER = "prometheus-redis-exporter";

  /** Not measured apart from what else runs. */
  private static final Set<String> MISSING_FIELDS = Set.of("expire_cycle_cpu_milliseconds");

  @TempDir Path folder;

  private interface Names {
    Set<String> of(int port) throws IOException;
  }

  private void compare(Names names, Set<String> missing) throws IOException {
    RedisServer.require();
    try (RedisServer redis = RedisServer.start(folder, "--appendonly", "yes");
        ServerProcess varve = ServerProcess.in(folder.resolve("varve")).start()) {
      for (int port : List.of(redis.port(), varve.port())) {
        try (RawClient client = RawClient.connect(port)) {
          client.call("SET", "key", "value");
          client.call("SET", "other", "value", "EX", "1000");
          client.call("INCR", "key");
          client.call("NOSUCHCOMMAND");
          client.call("GET", "key");
        }
      }
      Set<String> wanted = new TreeSet<>(names.of(redis.port()));
      assertTrue(wanted.size() > 90, wanted.toString());
      wanted.removeAll(names.of(varve.port()));
      assertEquals(new TreeSet<>(missing), wanted);
    }
  }

  @Test
  void infoHasTheFieldsThatItHasInRedis() throws IOException {
    compare(ExporterIT::fields, MISSING_FIELDS);
  }

  private static Set<String> fields(int port) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      byte[] info = (byte[]) client.call("INFO", "everything");
      return new String(info, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.contains(":"))
          .map(line -> line.substring(0, line.indexOf(':')))
          .filter(name -> !name.matches("(cmdstat|latency_percentiles_usec)_.*"))
          .collect(Collectors.toSet());
    }
  }

  @Test
  void theExporterFindsAllThatItFindsInRedis() throws IOException {
    Tools.require(EXPORTER);
    compare(ExporterIT::metrics, Set.of());
  }

  private static Set<String> metrics(int port) throws IOException {
    String address = "127.0.0.1:" + ServerProcess.freePort();
    Process exporter =
        new ProcessBuilder(
                EXPORTER,
                "-redis.addr",
                "redis://127.0.0.1:" + port,
                "-web.listen-address",
                address)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://" + address + "/metrics")).build();
      return page(exporter, client, request)
          .lines()
          .filter(line -> line.startsWith("redis_"))
          .map(line -> line.replaceFirst("[{ ].*", ""))
          .collect(Collectors.toSet());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    } finally {
      exporter.destroy();
      exporter.onExit().join();
    }
  }

  private static String page(Process exporter, HttpClient client, HttpRequest request)
      throws IOException, InterruptedException {
    while (exporter.isAlive()) {
      try {
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
      } catch (ConnectException notYet) {
        Thread.onSpinWait();
      }
    }
    throw new IOException(EXPORTER + " ended with " + exporter.exitValue());
  }
}
