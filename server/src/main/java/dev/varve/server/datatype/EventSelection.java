package dev.varve.server.datatype;

import java.util.EnumSet;
import java.util.Set;

/**
 * Which events clients are told of, and how: the value of Redis's {@code notify-keyspace-events}.
 *
 * @param byKey whether messages go to the channel of the key ({@code K})
 * @param byEvent whether messages go to the channel of the event ({@code E})
 * @param classes what they are about
 */
public record EventSelection(boolean byKey, boolean byEvent, Set<EventClass> classes) {
  private static final char BY_KEY = 'K';
  private static final char BY_EVENT = 'E';

  /** Stands for all classes but those of {@link #APART}. */
  private static final char ALL = 'A';

  /** They are so many that whoever wants them says so. */
  private static final Set<EventClass> APART =
      EnumSet.of(EventClass.NEW, EventClass.KEY_MISS, EventClass.DATABASE, EventClass.UNTOLD);

  private static final Set<EventClass> TOGETHER = EnumSet.complementOf(EnumSet.copyOf(APART));

  /** Makes one of its own. */
  public EventSelection {
    classes = Set.copyOf(classes);
  }

  /**
   * Returns what letters stand for.
   *
   * @throws IllegalArgumentException if one stands for nothing; the message is Redis's
   */
  public static EventSelection parse(String letters) {
    Set<EventClass> classes = EnumSet.noneOf(EventClass.class);
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      switch (letter) {
        case BY_KEY, BY_EVENT -> {}
        case ALL -> classes.addAll(TOGETHER);
        default -> classes.add(classOf(letter));
      }
    }
    return new EventSelection(
        letters.indexOf(BY_KEY) >= 0, letters.indexOf(BY_EVENT) >= 0, classes);
  }

  private static EventClass classOf(char letter) {
    for (EventClass each : EventClass.values()) {
      if (each.letter() == letter && letter != EventClass.NO_LETTER) {
        return each;
      }
    }
    throw new IllegalArgumentException("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.");
  }

  /** Returns whether nobody is told of anything. */
  public boolean isNone() {
    return classes.isEmpty() || (!byKey && !byEvent);
  }

  /** Returns the letters as CONFIG GET gives them: where A stands for the rest, n isn't said. */
  public String letters() {
    StringBuilder letters = new StringBuilder();
    if (classes.containsAll(TOGETHER)) {
      letters.append(ALL);
    } else {
      for (EventClass each : EventClass.values()) {
        if (classes.contains(each) && each != EventClass.KEY_MISS) {
          letters.append(each.letter());
        }
      }
    }
    if (byKey) {
      letters.append(BY_KEY);
    }
    if (byEvent) {
      letters.append(BY_EVENT);
    }
    if (classes.contains(EventClass.KEY_MISS)) {
      letters.append(EventClass.KEY_MISS.letter());
    }
    return letters.toString();
  }
}
