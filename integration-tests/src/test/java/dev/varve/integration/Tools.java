package dev.varve.integration;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Programs that some tests need and a developer's machine may lack. Without one its tests are
 * skipped, with a line that says so; where {@code VARVE_REQUIRE_TOOLS} is {@code true}, as in CI,
 * they fail instead.
 */
public final class Tools {

  private static final boolean REQUIRED =
      Boolean.parseBoolean(System.getenv("VARVE_REQUIRE_TOOLS"));

  private Tools() {}

  /** What a program printed, and how it ended. */
  public record Result(int code, String output) {
    /** The output of a program that must have succeeded. */
    public String succeeded() {
      if (code != 0) {
        fail("exit code " + code + ": " + output);
      }
      return output;
    }
  }

  /** Skips (or fails) the running test unless the program is on the {@code PATH}. */
  public static void require(String program) {
    boolean found =
        Arrays.stream(System.getenv("PATH").split(":"))
            .map(folder -> Path.of(folder, program))
            .anyMatch(Files::isExecutable);
    if (!found) {
      missing(program + " isn't installed");
    }
  }

  /** Skips (or fails) the running test for the reason given. */
  public static void missing(String reason) {
    if (REQUIRED) {
      fail(reason + ", and VARVE_REQUIRE_TOOLS says that it must be");
    }
    System.out.println("SKIPPED: " + reason);
    abort(reason);
  }

  /** Runs a program to its end, with nothing to read on its standard input. */
  public static Result run(List<String> command) {
    return run(command, "");
  }

  /** Runs a program to its end, with the given text on its standard input. */
  static Result run(List<String> command, String input) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (var out = process.getOutputStream()) {
                      out.write(input.getBytes(StandardCharsets.UTF_8));
                    } catch (IOException e) {
                      // The program ended without reading all of it; its exit code tells the rest.
                      process.destroy();
                    }
                  });
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        fail(command + " doesn't end; it printed:\n" + output);
      }
      writer.join();
      return new Result(process.exitValue(), output);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
