package dev.varve.server.rdb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.protocol.DoubleFormat;
import dev.varve.server.testing.FuzzCorpus;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Any bytes in place of a value in Redis's format: they are refused, or what they hold is the same
 * when it was written and read again; of a stream, it is told of in the order that was promised.
 * Driven by a fuzzer, see {@code .ci/fuzz}; the tests replay the inputs that were kept.
 */
class ValueFuzzTest {
  private static final long MOST_MEMORY = 64L << 20;

  @TestFactory
  Stream<DynamicTest> keptInputs() throws IOException {
    return FuzzCorpus.replay(getClass(), ValueFuzzTest::fuzzerTestOneInput);
  }

  /** Called by the fuzzer. */
  public static void fuzzerTestOneInput(byte[] data) {
    Collected first;
    try {
      first = read(data, data.length);
    } catch (BadFormatException | TooMuchException e) {
      return;
    }
    if (first.kind.equals("stream")) {
      return;
    }
    RdbOutput out = new RdbOutput(_ -> {});
    first.write(new ValueWriter(out));
    assertEquals(true, Footer.isIntact(out.written(), 0, out.length()));
    Collected again = read(out.bytes(), out.length() - Footer.BYTES);
    assertEquals(first.kind, again.kind);
    assertEquals(first.elements, again.elements);
  }

  /** What is unpacked would take more memory than the reader has been given. */
  private static final class TooMuchException extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  private static Collected read(byte[] bytes, int length) {
    long[] taken = {0};
    RdbInput in =
        new RdbInput(
            Unpooled.wrappedBuffer(bytes),
            0,
            length,
            more -> {
              taken[0] += more;
              if (taken[0] > MOST_MEMORY) {
                throw new TooMuchException();
              }
            });
    Collected collected = new Collected();
    ValueReader.read(in, collected);
    return collected;
  }

  private static final class Collected implements ValueVisitor {
    private String kind;
    private final Map<String, String> elements = new LinkedHashMap<>();
    private final List<Double> scores = new ArrayList<>();
    private final List<Long> deadlines = new ArrayList<>();

    private static String text(RdbString string) {
      return string
          .buffer()
          .toString(string.offset(), string.length(), StandardCharsets.ISO_8859_1);
    }

    @Override
    public StreamVisitor stream() {
      kind = "stream";
      return new CollectedStream();
    }

    @Override
    public void string(RdbString value) {
      kind = "string";
      elements.put(text(value), "");
    }

    @Override
    public void beginList() {
      kind = "list";
    }

    @Override
    public void element(RdbString element) {
      elements.put(elements.size() + " " + text(element), text(element));
    }

    @Override
    public void beginSet() {
      kind = "set";
    }

    @Override
    public boolean member(RdbString member) {
      return elements.put(text(member), "") == null;
    }

    @Override
    public void beginSortedSet() {
      kind = "sorted set";
    }

    @Override
    public boolean member(RdbString member, double score) {
      scores.add(score);
      return elements.put(text(member), "" + score) == null;
    }

    @Override
    public void beginHash() {
      kind = "hash";
    }

    @Override
    public boolean field(RdbString field, RdbString value, long deadline) {
      deadlines.add(deadline);
      return elements.put(text(field), text(value)) == null;
    }

    private void write(ValueWriter writer) {
      switch (kind) {
        case "string" -> {
          MemorySegment value = bytes(elements.keySet().iterator().next());
          writer.string(value, 0, (int) value.byteSize());
        }
        case "list" -> {
          writer.beginList();
          elements
              .values()
              .forEach(each -> writer.element(bytes(each), 0, (int) bytes(each).byteSize()));
        }
        case "set" -> {
          writer.beginSet(elements.size());
          elements
              .keySet()
              .forEach(each -> writer.member(bytes(each), 0, (int) bytes(each).byteSize()));
        }
        case "sorted set" -> writeSortedSet(writer);
        default -> writeHash(writer);
      }
      writer.endPayload();
    }

    private void writeSortedSet(ValueWriter writer) {
      writer.beginSortedSet(elements.size() % 2 == 0, elements.size());
      int i = 0;
      for (String member : elements.keySet()) {
        double score = scores.get(i++);
        MemorySegment its = bytes(member);
        writer.scored(its, 0, (int) its.byteSize(), score, DoubleFormat.format(score));
      }
    }

    private void writeHash(ValueWriter writer) {
      long earliest =
          deadlines.stream()
              .filter(each -> each != NO_DEADLINE)
              .mapToLong(each -> each)
              .min()
              .orElse(0);
      if (earliest == 0) {
        writer.beginHash(elements.size() % 2 == 0, elements.size());
      } else {
        writer.beginExpiringHash(elements.size(), earliest);
      }
      int i = 0;
      for (Map.Entry<String, String> pair : elements.entrySet()) {
        MemorySegment field = bytes(pair.getKey());
        MemorySegment value = bytes(pair.getValue());
        writer.field(field, 0, (int) field.byteSize(), deadlines.get(i++));
        writer.value(value, 0, (int) value.byteSize());
      }
    }

    private static MemorySegment bytes(String text) {
      return MemorySegment.ofArray(text.getBytes(StandardCharsets.ISO_8859_1));
    }
  }
}
