package dev.varve.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Holds {@link StorageOptions} against the table in {@code docs/options.md}. */
class StorageOptionsTest {
  private static final Path TABLE = Path.of("../docs/options.md");
  private static final Map<String, Long> UNITS =
      Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30);

  /** A line of the table; a bound that isn't there is empty. */
  private record Row(String option, String value, String least, String most, String meaning) {
    RecordComponent component() {
      return Arrays.stream(StorageOptions.class.getRecordComponents())
          .filter(component -> component.getName().equals(option))
          .findFirst()
          .orElseThrow(() -> new AssertionError("there is no option " + option));
    }

    boolean isNumber() {
      return component().getType() == long.class || component().getType() == int.class;
    }

    Object defaultValue() throws ReflectiveOperationException {
      return component().getAccessor().invoke(StorageOptions.DEFAULT);
    }
  }

  private static List<Row> rows() throws IOException {
    List<Row> rows = new ArrayList<>();
    for (String line : Files.readAllLines(TABLE)) {
      if (line.startsWith("| `")) {
        String[] cells = line.split("\\|", -1);
        rows.add(
            new Row(
                cells[1].strip().replace("`", ""),
                cells[2].strip(),
                cells[3].strip(),
                cells[4].strip(),
                cells[5].strip()));
      }
    }
    return rows;
  }

  private static long number(String text) {
    if (text.equals("level0Tables + 1")) {
      return StorageOptions.DEFAULT.level0Tables() + 1L;
    }
    String[] parts = text.split(" ", -1);
    return Long.parseLong(parts[0]) * (parts.length == 1 ? 1 : UNITS.get(parts[1]));
  }

  /** Builds options with one of them changed. */
  private static StorageOptions with(Row row, long value) throws ReflectiveOperationException {
    StorageOptions.Builder builder = StorageOptions.builder();
    if (row.option().equals("level0Tables")) {
      builder.level0Stall(10_000);
    }
    boolean isInt = row.component().getType() == int.class;
    Method setter =
        StorageOptions.Builder.class.getMethod(row.option(), isInt ? int.class : long.class);
    setter.invoke(builder, isInt ? (Object) Math.toIntExact(value) : (Object) value);
    return builder.build();
  }

  @Test
  void everyOptionHasItsLineInOrder() throws IOException {
    assertEquals(
        Arrays.stream(StorageOptions.class.getRecordComponents())
            .map(RecordComponent::getName)
            .toList(),
        rows().stream().map(Row::option).toList());
  }

  @TestFactory
  Stream<DynamicTest> theTableSaysWhatHolds() throws IOException {
    return rows().stream().map(row -> DynamicTest.dynamicTest(row.option(), () -> check(row)));
  }

  private static void check(Row row) throws ReflectiveOperationException {
    assertTrue(row.meaning().length() > 10, "its meaning is told");
    if (!row.isNumber()) {
      if (!row.value().isEmpty()) {
        assertEquals(row.value(), row.defaultValue().toString());
      }
      return;
    }
    long set = ((Number) row.defaultValue()).longValue();
    assertEquals(number(row.value()), set);
    long least = number(row.least());
    assertEquals(least, value(row, with(row, least)));
    assertRefused(row, least - 1);
    if (row.most().isEmpty()) {
      assertEquals(Long.MAX_VALUE, value(row, with(row, Long.MAX_VALUE)));
    } else {
      long most = number(row.most());
      assertEquals(most, value(row, with(row, most)));
      if (most < Integer.MAX_VALUE || row.component().getType() == long.class) {
        assertRefused(row, most + 1);
      }
    }
  }

  private static long value(Row row, StorageOptions options) throws ReflectiveOperationException {
    return ((Number) row.component().getAccessor().invoke(options)).longValue();
  }

  private static void assertRefused(Row row, long value) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> with(row, value));
    assertTrue(refused.getMessage().contains(row.option() + " is " + value), refused::getMessage);
  }
}
