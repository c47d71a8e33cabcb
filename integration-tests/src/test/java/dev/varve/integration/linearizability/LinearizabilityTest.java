package dev.varve.integration.linearizability;

import static dev.varve.integration.linearizability.RegisterCommand.DEL;
import static dev.varve.integration.linearizability.RegisterCommand.GET;
import static dev.varve.integration.linearizability.RegisterCommand.GETSET;
import static dev.varve.integration.linearizability.RegisterCommand.INCRBY;
import static dev.varve.integration.linearizability.RegisterCommand.SET;
import static dev.varve.integration.linearizability.RegisterCommand.SETNX;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.Seed;
import dev.varve.integration.linearizability.Call.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** The judge is judged by histories of which it is known what they are. */
final class LinearizabilityTest {

  private static Operation op(
      RegisterCommand command, long argument, long begin, long end, Object reply) {
    return new Operation(0, command, argument, begin, end, true, reply);
  }

  private static Operation unanswered(
      RegisterCommand command, long argument, long begin, long end) {
    return new Operation(0, command, argument, begin, end, false, null);
  }

  private static boolean holds(Operation... history) {
    return Linearizability.holds(List.of(history), null);
  }

  @Test
  void oneAfterAnother() {
    assertTrue(holds());
    assertTrue(holds(op(SET, 1, 0, 1, "OK"), op(GET, 0, 2, 3, 1L)));
    assertFalse(holds(op(SET, 1, 0, 1, "OK"), op(GET, 0, 2, 3, null)));
    assertFalse(holds(op(SET, 1, 0, 1, "OK"), op(SET, 2, 2, 3, "OK"), op(GET, 0, 4, 5, 1L)));
    assertFalse(holds(op(GET, 0, 0, 1, 5L)));
    assertTrue(Linearizability.holds(List.of(op(GET, 0, 0, 1, 5L)), 5L));
  }

  @Test
  void aReadBesideAWriteSeesEither() {
    assertTrue(holds(op(SET, 1, 0, 9, "OK"), op(GET, 0, 2, 3, null)));
    assertTrue(holds(op(SET, 1, 0, 9, "OK"), op(GET, 0, 2, 3, 1L)));
  }

  @Test
  void whatWasSeenStaysSeen() {
    assertFalse(
        holds(op(SET, 1, 0, 9, "OK"), op(GET, 0, 2, 3, 1L), op(GET, 0, 4, 5, null)), "stale");
    assertFalse(
        holds(
            op(SET, 1, 0, 9, "OK"),
            op(SET, 2, 0, 9, "OK"),
            op(GET, 0, 2, 3, 1L),
            op(GET, 0, 4, 5, 2L),
            op(GET, 0, 6, 7, 1L)),
        "back and forth");
  }

  @Test
  void noIncrementIsLost() {
    assertTrue(holds(op(INCRBY, 1, 0, 9, 2L), op(INCRBY, 1, 0, 9, 1L)));
    assertFalse(holds(op(INCRBY, 1, 0, 9, 1L), op(INCRBY, 1, 0, 9, 1L)));
  }

  @Test
  void onlyOneOfTwoIsTheFirst() {
    assertFalse(holds(op(SETNX, 1, 0, 9, 1L), op(SETNX, 2, 0, 9, 1L)));
    assertTrue(holds(op(SETNX, 1, 0, 9, 1L), op(DEL, 0, 0, 9, 1L), op(SETNX, 2, 0, 9, 1L)));
    assertFalse(holds(op(GETSET, 1, 0, 9, null), op(GETSET, 2, 0, 9, null)));
  }

  @Test
  void whatWasNotAnsweredMayHaveTakenEffect() {
    Operation set = unanswered(SET, 1, 0, 5);
    assertTrue(holds(set, op(GET, 0, 6, 7, 1L)));
    assertTrue(holds(set, op(GET, 0, 6, 7, null)));
    assertTrue(holds(set));
  }

  @Test
  void whatWasNotAnsweredTakesNoEffectLater() {
    Operation set = unanswered(SET, 1, 0, 5);
    assertFalse(holds(set, op(GET, 0, 6, 7, null), op(GET, 0, 8, 9, 1L)), "came after the end");
    assertFalse(holds(set, op(GET, 0, 6, 7, 1L), op(GET, 0, 8, 9, null)), "was there and is lost");
    assertFalse(holds(set, op(GET, 0, 1, 2, 1L), op(GET, 0, 6, 7, null)), "was seen and is lost");
  }

  /** Histories with a known order hold; with one answer changed to another's, they don't. */
  @Test
  void randomHistories() {
    SplittableRandom random = Seed.random("LinearizabilityTest");
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      List<Operation> history = random(random, 200);
      assertTrue(Linearizability.holds(history, null), history::toString);
      int lied = random.nextInt(history.size());
      Operation truth = history.get(lied);
      history.set(
          lied, op(GETSET, truth.argument(), truth.begin(), truth.end(), random.nextLong()));
      refused += Linearizability.holds(history, null) ? 0 : 1;
    }
    assertEquals(300, refused);
  }

  /** Operations that take effect at 10, 20, 30, …, and begin and end up to 50 around that. */
  private static List<Operation> random(SplittableRandom random, int operations) {
    RegisterCommand[] commands = RegisterCommand.values();
    List<Operation> history = new ArrayList<>();
    Long state = null;
    for (int i = 0; i < operations; i++) {
      RegisterCommand command = commands[random.nextInt(commands.length)];
      long argument = random.nextInt(1_000_000);
      long at = 10L * i;
      long begin = at - random.nextInt(50);
      long end = at + random.nextInt(50);
      boolean lost = random.nextInt(20) == 0;
      if (lost && random.nextBoolean()) {
        history.add(unanswered(command, argument, begin, end));
        continue;
      }
      Outcome<Long> outcome = command.on(state, argument);
      state = outcome.state();
      history.add(new Operation(i, command, argument, begin, end, !lost, outcome.reply()));
    }
    return history;
  }
}
