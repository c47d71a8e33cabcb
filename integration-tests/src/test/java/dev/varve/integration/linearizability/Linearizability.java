package dev.varve.integration.linearizability;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Decides whether a history of one key, or of several that transactions work on, is linearizable:
 * whether its operations can be put in an order in which each answers what it did answer, and in
 * which none comes before one that had ended before it began.
 *
 * <p>This is the search of Wing and Gong ("Testing and verifying concurrent objects", 1993) with
 * the memory of Lowe ("Testing for linearizability", 2017). It goes along the list of beginnings
 * and ends. At a beginning, the operation is tried as the next of the order, and taken out of the
 * list if its answer is right. An end that is met tells that its operation had to come before: the
 * last choice is taken back. The same operations in another order are not tried again if they left
 * the same state. An operation without an answer may also be taken out as one that never took
 * effect.
 *
 * @param <S> what the operations work on: equal if it is the same
 */
public final class Linearizability<S> {

  private final Event<S> head = new Event<>(-1, null, true);
  private final Deque<Choice<S>> choices = new ArrayDeque<>();
  private final Set<Configuration<S>> tried = new HashSet<>();
  private final BitSet taken = new BitSet();
  private S state;

  /** A beginning or an end, in a doubly linked list in the order of time. */
  private static final class Event<S> {
    final int number;
    final Call<S> call;
    final boolean begins;
    Event<S> end;
    Event<S> previous;
    Event<S> next;

    Event(int number, Call<S> call, boolean begins) {
      this.number = number;
      this.call = call;
      this.begins = begins;
    }

    long time() {
      return begins ? call.begin() : call.end();
    }

    void unlink() {
      previous.next = next;
      if (next != null) {
        next.previous = previous;
      }
    }

    void relink() {
      previous.next = this;
      if (next != null) {
        next.previous = this;
      }
    }
  }

  /** That an operation came next, and what there was before. */
  private record Choice<S>(Event<S> event, S stateBefore, boolean tookEffect) {}

  private record Configuration<S>(BitSet taken, S state) {}

  private Linearizability(List<? extends Call<S>> history, S initial) {
    state = initial;
    List<Event<S>> events = new ArrayList<>();
    for (int i = 0; i < history.size(); i++) {
      Event<S> begin = new Event<>(i, history.get(i), true);
      begin.end = new Event<>(i, history.get(i), false);
      events.add(begin);
      events.add(begin.end);
    }
    // Where times are the same, beginnings come first: then the operations overlap.
    events.sort(
        Comparator.<Event<S>>comparingLong(Event::time).thenComparing(event -> !event.begins));
    Event<S> last = head;
    for (Event<S> event : events) {
      last.next = event;
      event.previous = last;
      last = event;
    }
  }

  /**
   * Whether there is such an order.
   *
   * @param history in any order
   * @param initial the value at the beginning; null if the key isn't there
   */
  public static <S> boolean holds(List<? extends Call<S>> history, S initial) {
    return new Linearizability<>(history, initial).search();
  }

  private boolean search() {
    Event<S> event = head.next;
    while (head.next != null) {
      Event<S> next;
      if (event.begins) {
        next = comesNext(event) ? head.next : elseSkip(event);
      } else if (choices.isEmpty()) {
        return false;
      } else {
        next = takeBack();
      }
      event = next;
    }
    return true;
  }

  private boolean comesNext(Event<S> event) {
    Call<S> call = event.call;
    Call.Outcome<S> outcome = call.on(state);
    return (!call.answered() || outcome.answers(call.reply()))
        && take(event, outcome.state(), true);
  }

  /** Returns the event to look at if the operation isn't the next one to take effect. */
  private Event<S> elseSkip(Event<S> event) {
    return !event.call.answered() && take(event, state, false) ? head.next : event.next;
  }

  private boolean take(Event<S> event, S after, boolean tookEffect) {
    taken.set(event.number);
    if (!tried.add(new Configuration<>((BitSet) taken.clone(), after))) {
      taken.clear(event.number);
      return false;
    }
    choices.push(new Choice<>(event, state, tookEffect));
    state = after;
    event.unlink();
    event.end.unlink();
    return true;
  }

  private Event<S> takeBack() {
    Choice<S> choice = choices.pop();
    Event<S> event = choice.event();
    event.end.relink();
    event.relink();
    taken.clear(event.number);
    state = choice.stateBefore();
    return choice.tookEffect() ? elseSkip(event) : event.next;
  }
}
