package dev.varve.server.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.testing.FuzzCorpus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Any bytes in place of a configuration file: what is wrong is said with the file's name and the
 * line; what is read means the same when CONFIG REWRITE has written it. Driven by a fuzzer, see
 * {@code .ci/fuzz}; the tests replay the inputs that were kept.
 */
class ConfigurationFuzzTest {
  private static final Path FILE;

  static {
    try {
      FILE = Files.createTempFile("varve-fuzz", ".conf").toRealPath();
      FILE.toFile().deleteOnExit();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @TestFactory
  Stream<DynamicTest> keptInputs() throws IOException {
    return FuzzCorpus.replay(getClass(), ConfigurationFuzzTest::fuzzerTestOneInput);
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    try {
      Files.write(FILE, data);
      Configuration read = ConfigurationReader.read(List.of(FILE.toString()));
      read.rewrite();
      Configuration again = ConfigurationReader.read(List.of(FILE.toString()));
      assertEquals(read.get(name -> true), again.get(name -> true));
    } catch (ConfigurationException e) {
      assertTrue(e.getMessage().startsWith(FILE + ":"), e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
