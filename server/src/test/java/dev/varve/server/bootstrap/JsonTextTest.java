package dev.varve.server.bootstrap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class JsonTextTest {
  @Test
  void quotesBackslashesAndWhatIsNotPrintableAreEscaped() {
    assertEquals("\"/data/000007.sst\"", JsonText.quote("/data/000007.sst"));
    assertEquals("\"\"", JsonText.quote(""));
    assertEquals("\"a\\\"b\\\\c\"", JsonText.quote("a\"b\\c"));
    assertEquals("\"\\u000a\\u0000\\u007f\"", JsonText.quote("\n\0\u007f"));
    assertEquals("\"\\u00e4\\u2028\"", JsonText.quote("\u00e4\u2028"));
    assertEquals("\"\\ud83d\\ude00\"", JsonText.quote("\ud83d\ude00"));
    assertEquals("\"\\ud800\"", JsonText.quote("\ud800"));
  }

  @Test
  void everyCharacterComesOutAsPrintableAscii() {
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      String quoted = JsonText.quote(String.valueOf((char) c));
      assertTrue(quoted.chars().allMatch(each -> each >= ' ' && each < 0x7F), quoted);
    }
  }
}
