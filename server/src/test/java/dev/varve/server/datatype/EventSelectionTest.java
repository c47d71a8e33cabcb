package dev.varve.server.datatype;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EventSelectionTest {
  /** What was given, and what Redis 7.0.15 then answers to CONFIG GET. */
  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "KEA, AKE",
    "An, A",
    "KAn, AK",
    "Em, Em",
    "KEg, gKE",
    "'$lshzxe', '$lshzxe'",
    "KEnm, nKEm",
    "AKEmn, AKEm",
    "KK, K",
    "tdKE, tdKE",
    "'g$lshzxetdKE', AKE",
    "gxE, gxE"
  })
  void lettersComeBackAsFromRedis(String given, String told) {
    assertEquals(told, EventSelection.parse(given).letters());
  }

  @Test
  void allDoesNotStandForWhatIsApart() {
    Set<EventClass> all = EventSelection.parse("A").classes();
    assertTrue(all.contains(EventClass.EXPIRED));
    assertFalse(all.contains(EventClass.NEW));
    assertFalse(all.contains(EventClass.KEY_MISS));
    assertFalse(all.contains(EventClass.DATABASE));
  }

  @Test
  void withoutChannelOrClassNobodyIsTold() {
    assertTrue(EventSelection.parse("").isNone());
    assertTrue(EventSelection.parse("A").isNone());
    assertTrue(EventSelection.parse("KE").isNone());
    assertFalse(EventSelection.parse("Kx").isNone());
  }

  @ParameterizedTest
  @CsvSource({"q", "KEq", "'K E'", "a", "'\0'"})
  void otherLettersAreRefused(String letters) {
    IllegalArgumentException refusal =
        assertThrows(IllegalArgumentException.class, () -> EventSelection.parse(letters));
    assertEquals("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.", refusal.getMessage());
  }
}
