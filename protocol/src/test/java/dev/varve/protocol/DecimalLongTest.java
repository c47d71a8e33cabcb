package dev.varve.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.math.BigInteger;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecimalLongTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-",
        "+",
        "+1",
        " 1",
        "1 ",
        "01",
        "00",
        "-0",
        "-01",
        "--1",
        "1-",
        "1.0",
        "1e3",
        "0x1",
        "a",
        "1a",
        "/",
        ":",
        "9223372036854775808",
        "-9223372036854775809",
        "9999999999999999999",
        "18446744073709551617",
        "-18446744073709551617",
        "10000000000000000000000"
      })
  void refusesEveryOtherSpelling(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    assertFalse(DecimalLong.isLong(bytes, 0, bytes.length));
    assertThrows(NumberFormatException.class, () -> DecimalLong.parse(bytes, 0, bytes.length));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, -1, 9, 10, -10, Long.MAX_VALUE, Long.MIN_VALUE, Long.MIN_VALUE + 1})
  void readsWhatItWrites(long value) {
    assertRoundTrip(value);
  }

  @Test
  void readsAnyNumberThatItWrites() {
    Random random = Seed.random("DecimalLongTest.readsAnyNumberThatItWrites");
    for (int i = 0; i < 100_000; i++) {
      assertRoundTrip(random.nextLong() >> random.nextInt(64));
    }
  }

  @Test
  void agreesWithBigIntegerOnWhatFits() {
    Random random = Seed.random("DecimalLongTest.agreesWithBigIntegerOnWhatFits");
    for (int i = 0; i < 100_000; i++) {
      BigInteger number = new BigInteger(random.nextInt(60, 68), random);
      number = random.nextBoolean() ? number : number.negate();
      byte[] text = number.toString().getBytes(ISO_8859_1);
      boolean fits = number.bitLength() < Long.SIZE;
      assertEquals(fits, DecimalLong.isLong(text, 0, text.length), number::toString);
    }
  }

  private static void assertRoundTrip(long value) {
    byte[] bytes = new byte[DecimalLong.MAX_LENGTH + 2];
    int first = DecimalLong.write(value, bytes, bytes.length - 1);
    int length = bytes.length - 1 - first;
    assertEquals(Long.toString(value), new String(bytes, first, length, ISO_8859_1));
    assertTrue(DecimalLong.isLong(bytes, first, length));
    assertEquals(value, DecimalLong.parse(bytes, first, length));
  }
}
