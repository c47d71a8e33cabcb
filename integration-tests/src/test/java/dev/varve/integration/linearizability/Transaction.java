package dev.varve.integration.linearizability;

import java.util.ArrayList;
import java.util.List;

/**
 * Commands on several keys that a client has sent in one transaction.
 *
 * @param client who
 * @param steps what, in order
 * @param begin see {@link Call}
 * @param end see {@link Call}
 * @param answered see {@link Call}
 * @param reply the replies of all steps, in order; {@link #REFUSED} if a watched key was touched
 */
public record Transaction(
    int client, List<Step> steps, long begin, long end, boolean answered, Object reply)
    implements Call<List<Long>> {

  /** In place of a reply: nothing was executed. */
  public static final String REFUSED = "refused";

  /** A command on one of the keys. */
  public record Step(int key, RegisterCommand command, long argument) {}

  @Override
  public Outcome<List<Long>> on(List<Long> state) {
    if (REFUSED.equals(reply)) {
      return new Outcome<>(state, REFUSED);
    }
    List<Long> after = new ArrayList<>(state);
    List<Object> replies = new ArrayList<>();
    for (Step step : steps) {
      Outcome<Long> outcome = step.command().on(after.get(step.key()), step.argument());
      after.set(step.key(), outcome.state());
      replies.add(outcome.reply());
    }
    return new Outcome<>(after, replies);
  }

  @Override
  public String toString() {
    return "%d..%d client %d: %s -> %s"
        .formatted(begin, end, client, steps, answered ? reply : "no reply");
  }
}
