package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The table of SCAN's cursors. */
class ScanCursorsTest {
  private static final byte[] LEAST = bytes("a");
  private static final byte[] GREATEST = bytes("z");

  private final ScanCursors cursors = new ScanCursors(new Random(1), 4);

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void aNumberOfTwoIterationsStandsForTheFirstOfTheirPlaces() {
    long one = cursors.add(1, LEAST, GREATEST, bytes("b"), bytes("cursorA"));
    // Its view is older, and has no cursorA.
    long other = cursors.add(1, LEAST, GREATEST, bytes("b"), bytes("cursorX"));
    assertEquals(one, other);
    assertArrayEquals(bytes("cursorA"), cursors.find(1, one));
  }
}
