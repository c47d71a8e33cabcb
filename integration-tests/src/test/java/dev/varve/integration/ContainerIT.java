package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * The image of {@code docker/Dockerfile} in a real container, on the host's network. {@code
 * VARVE_CONTAINER_TOOL} names the tool and its own options ({@code podman --runtime runc}), {@code
 * VARVE_IMAGE} the image, which is built before.
 */
final class ContainerIT {

  private static final String IMAGE = System.getenv("VARVE_IMAGE");
  private static final String TOOL = System.getenv("VARVE_CONTAINER_TOOL");

  private final String name = "varve-test-" + ProcessHandle.current().pid();
  private final int port = ServerProcess.freePort();

  @BeforeEach
  void needsAnImage() {
    if (IMAGE == null || TOOL == null) {
      Tools.missing(
          "no container image to test (VARVE_IMAGE and VARVE_CONTAINER_TOOL name one and the tool that runs it)");
    }
  }

  @AfterEach
  void remove() {
    if (IMAGE != null && TOOL != null) {
      tool("rm", "--force", "--ignore", name);
      tool("volume", "rm", "--force", name);
    }
  }

  @Test
  void keepsItsVolumeOverAStop() throws IOException {
    runServer("512m");
    try (RawClient client = RawClient.connect(port)) {
      assertEquals("OK", client.call("SET", "kept", "on the volume"));
    }
    tool("stop", name).succeeded();
    assertEquals(
        "0",
        tool("inspect", "--format", "{{.State.ExitCode}}", name).succeeded().strip(),
        this::logs);
    tool("rm", name).succeeded();
    runServer("512m");
    try (RawClient client = RawClient.connect(port)) {
      assertEquals(
          "on the volume", new String((byte[]) client.call("GET", "kept"), StandardCharsets.UTF_8));
    }
  }

  @Test
  void isHealthyAndNotRoot() {
    runServer("512m");
    tool("healthcheck", "run", name).succeeded();
    assertEquals("varve", tool("exec", name, "id", "-un").succeeded().strip());
  }

  @Test
  void listensOnAddressesThatPortsArePublishedTo() throws IOException {
    runServer("512m");
    Optional<InetAddress> outside =
        NetworkInterface.networkInterfaces()
            .flatMap(network -> network.getInterfaceAddresses().stream())
            .map(InterfaceAddress::getAddress)
            .filter(address -> address instanceof Inet4Address && !address.isLoopbackAddress())
            .findFirst();
    try (Socket socket = new Socket(outside.orElse(InetAddress.getLoopbackAddress()), port)) {
      socket.getOutputStream().write(RawClient.ascii("PING\r\n"));
      assertEquals(
          "+PONG\r\n",
          new String(socket.getInputStream().readNBytes(7), StandardCharsets.US_ASCII));
    }
  }

  @Test
  void livesWithin256MegabytesUnderLoad() throws Exception {
    runServer("256m");
    SplittableRandom random = Seed.random("ContainerIT");
    List<Thread> threads = new ArrayList<>();
    List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
    for (int i = 0; i < 20; i++) {
      SplittableRandom own = random.split();
      threads.add(
          Thread.ofVirtual()
              .uncaughtExceptionHandler((thread, e) -> failures.add(e))
              .start(() -> load(own)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertEquals(List.of(), failures, this::logs);
    assertEquals(
        "running", tool("inspect", "--format", "{{.State.Status}}", name).succeeded().strip());
    assertEquals(
        "false", tool("inspect", "--format", "{{.State.OOMKilled}}", name).succeeded().strip());
    tool("healthcheck", "run", name).succeeded();
  }

  /** Writes about 50 MB by one connection and reads some of it. */
  private void load(SplittableRandom random) {
    try (RawClient client = RawClient.connect(port)) {
      byte[] value = new byte[1_000];
      for (int round = 0; round < 500; round++) {
        random.nextBytes(value);
        for (int i = 0; i < 100; i++) {
          byte[] key = RawClient.ascii("key:" + random.nextInt(1_000_000));
          client.write(RawClient.frame(RawClient.ascii("SET"), key, value));
          client.write(RawClient.frame("GET", "key:" + random.nextInt(1_000_000)));
        }
        client.flush();
        for (int i = 0; i < 100; i++) {
          assertEquals("OK", client.read());
          client.read();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void runServer(String memory) {
    tool(
            "run",
            "--detach",
            "--name",
            name,
            "--network",
            "host",
            "--memory",
            memory,
            "--ulimit",
            "nofile=20000:20000",
            "--ulimit",
            "nproc=1000:1000",
            "--env",
            "VARVE_PORT=" + port,
            "--volume",
            name + ":/data",
            IMAGE,
            "--port",
            Integer.toString(port))
        .succeeded();
    awaitReady();
  }

  /** Follows the container's log until the server says that it is ready, or has ended. */
  private void awaitReady() {
    List<String> follow = command("logs", "--follow", name);
    try {
      Process process = new ProcessBuilder(follow).redirectErrorStream(true).start();
      try (var lines = process.inputReader()) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          if (line.contains("ready to accept connections")) {
            return;
          }
        }
      } finally {
        process.destroy();
      }
      throw new AssertionError("the container ended: " + logs());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String logs() {
    return tool("logs", name).output();
  }

  private static Tools.Result tool(String... arguments) {
    return Tools.run(command(arguments));
  }

  private static List<String> command(String... arguments) {
    List<String> command = new ArrayList<>(List.of(TOOL.split(" ")));
    command.addAll(List.of(arguments));
    assertTrue(command.size() > arguments.length);
    return command;
  }
}
