package dev.varve.integration.linearizability;

import dev.varve.integration.linearizability.Call.Outcome;

/** The commands on a key that holds an integer or isn't there, and what they mean. */
public enum RegisterCommand {
  GET,
  SET,
  SETNX,
  GETSET,
  GETDEL,
  DEL,
  INCRBY;

  /**
   * What the command makes of a state, and answers.
   *
   * @param state the value; null if the key isn't there
   * @param argument for those that take one
   */
  public Outcome<Long> on(Long state, long argument) {
    return switch (this) {
      case GET -> new Outcome<>(state, state);
      case SET -> new Outcome<>(argument, "OK");
      case SETNX -> state == null ? new Outcome<>(argument, 1L) : new Outcome<>(state, 0L);
      case GETSET -> new Outcome<>(argument, state);
      case GETDEL -> new Outcome<>(null, state);
      case DEL -> new Outcome<>(null, state == null ? 0L : 1L);
      case INCRBY -> {
        long sum = (state == null ? 0 : state) + argument;
        yield new Outcome<>(sum, sum);
      }
    };
  }

  /** Whether it changes anything. */
  public boolean writes() {
    return this != GET;
  }
}
