package dev.varve.server.testing;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;

/** Inputs of a fuzz test that were kept. */
public final class FuzzCorpus {
  private FuzzCorpus() {}

  /** One test for each input. */
  public static Stream<DynamicTest> replay(Class<?> fuzzTest, Consumer<byte[]> fuzzerTestOneInput)
      throws IOException {
    List<Path> inputs;
    try (Stream<Path> files =
        Files.list(Path.of("src/test/resources/fuzz", fuzzTest.getSimpleName()))) {
      inputs = files.sorted().toList();
    }
    assertFalse(inputs.isEmpty());
    return inputs.stream()
        .map(
            input ->
                DynamicTest.dynamicTest(
                    input.getFileName().toString(),
                    () -> fuzzerTestOneInput.accept(Files.readAllBytes(input))));
  }
}
