package dev.varve.server.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The program {@code openssl}, which makes keys and certificates; skips tests where it isn't. */
public final class OpenSsl {
  private static final String SUBJECT = "/O=Varve tests/CN=";

  private final Path folder;

  /** All files are in {@code folder}. */
  public OpenSsl(Path folder) {
    this.folder = folder;
    assumeTrue(
        Arrays.stream(System.getenv("PATH").split(":", -1))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "openssl"))),
        "skipped: openssl is not installed");
  }

  /** Returns the path of a file. */
  public String file(String name) {
    return folder.resolve(name).toString();
  }

  /** Runs it with arguments, which must succeed; what it has printed. */
  public String run(String... arguments) {
    return runWith("", arguments);
  }

  /** As {@link #run(String...)}, with something to read. */
  public String runWith(String input, String... arguments) {
    Result result = tryWith(input, arguments);
    assertEquals(0, result.code(), () -> List.of(arguments) + ": " + result.printed());
    return result.printed();
  }

  /** How a run ended: its exit code, and what it has printed. */
  public record Result(int code, String printed) {}

  /** As {@link #runWith}, but it may fail. */
  public Result tryWith(String input, String... arguments) {
    List<String> command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    try {
      Path output = Files.createTempFile(folder, "openssl", ".txt");
      Process process =
          new ProcessBuilder(command)
              .directory(folder.toFile())
              .redirectErrorStream(true)
              .redirectInput(Files.writeString(folder.resolve("input"), input).toFile())
              .redirectOutput(output.toFile())
              .start();
      int code = process.waitFor();
      return new Result(code, Files.readString(output, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Makes {@code NAME.key} and {@code NAME.crt} of an authority. */
  public OpenSsl authority(String name) {
    key(name);
    run(
        "req",
        "-x509",
        "-new",
        "-sha256",
        "-days",
        "30",
        "-key",
        name + ".key",
        "-subj",
        SUBJECT + name,
        "-out",
        name + ".crt");
    return this;
  }

  /** Makes {@code NAME.key} and {@code NAME.crt}, signed by an authority. */
  public OpenSsl certificate(String name, String authority) {
    key(name);
    sign(name, authority);
    return this;
  }

  private void key(String name) {
    run(
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-out",
        name + ".key");
  }

  /** Makes {@code NAME.crt} of the {@code NAME.key} that there is, signed by an authority. */
  public void sign(String name, String authority) {
    run(
        "req",
        "-new",
        "-sha256",
        "-key",
        name + ".key",
        "-subj",
        SUBJECT + name,
        "-out",
        name + ".csr");
    run(
        "x509",
        "-req",
        "-sha256",
        "-days",
        "30",
        "-in",
        name + ".csr",
        "-CA",
        authority + ".crt",
        "-CAkey",
        authority + ".key",
        "-CAserial",
        authority + ".txt",
        "-CAcreateserial",
        "-out",
        name + ".crt");
  }
}
