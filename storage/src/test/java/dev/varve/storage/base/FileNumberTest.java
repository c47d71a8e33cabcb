package dev.varve.storage.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Locale;
import org.junit.jupiter.api.Test;

class FileNumberTest {
  @Test
  void smallNumbersHaveSixDigits() {
    assertEquals("000000", FileNumber.digits(0));
    assertEquals("000042", FileNumber.digits(42));
    assertEquals("999999", FileNumber.digits(999_999));
    assertEquals("1000000", FileNumber.digits(1_000_000));
    assertEquals("9223372036854775807", FileNumber.digits(Long.MAX_VALUE));
  }

  /** A table 7 made under such a locale was called by Arabic digits, which nothing reads. */
  @Test
  void digitsDoNotDependOnTheLanguage() {
    Locale before = Locale.getDefault();
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      assertEquals("000007", FileNumber.digits(7));
    } finally {
      Locale.setDefault(before);
    }
  }
}
