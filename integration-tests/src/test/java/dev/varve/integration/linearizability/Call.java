package dev.varve.integration.linearizability;

import java.util.Objects;

/**
 * Something that a client has asked for.
 *
 * @param <S> the state of what it works on
 */
public interface Call<S> {
  /** A reading of the clock before it was sent. */
  long begin();

  /** One after its reply had come; if there is none, one after the server's end. */
  long end();

  /** Whether there is a reply. If not, it took effect before {@link #end}, or never. */
  boolean answered();

  /** The reply, as {@link Outcome#reply}. */
  Object reply();

  /** What it makes of a state, and answers. */
  Outcome<S> on(S state);

  /**
   * What a call does.
   *
   * @param state that it leaves
   * @param reply a {@code Long}, a {@code String}, a list of such, or null
   */
  record Outcome<S>(S state, Object reply) {
    public boolean answers(Object other) {
      return Objects.equals(reply, other);
    }
  }
}
