package dev.varve.server.datatype.collection;

import java.util.Arrays;

/**
 * What the scores come to that a member has in several collections. Immutable.
 *
 * @param weights what scores are multiplied with, of each collection in the order in which they
 *     were added; null: with nothing
 * @param aggregate what is made of several scores
 */
public record Scoring(double[] weights, Aggregate aggregate) {
  /** The sum of the scores as they are. */
  public static final Scoring PLAIN = new Scoring(null, Aggregate.SUM);

  /** What is made of several scores. */
  public enum Aggregate {
    /** Their sum; of both infinities, 0. */
    SUM,
    /** The least. */
    MIN,
    /** The greatest. */
    MAX
  }

  /** A score as it counts that a member has in the collection of a number. */
  double weighted(int number, double score) {
    return weights == null ? score : weights[number] * score;
  }

  private static double orZero(double score) {
    return Double.isNaN(score) ? 0 : score;
  }

  /** What it comes to if it is the first, or counts as such. */
  double first(int number, double score) {
    return orZero(weighted(number, score));
  }

  /** What it comes to with one more, as that counts. */
  double and(double before, double weighted) {
    return switch (aggregate) {
      case SUM -> orZero(before + weighted);
      case MIN -> weighted < before ? weighted : before;
      case MAX -> weighted > before ? weighted : before;
    };
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Scoring scoring
        && aggregate == scoring.aggregate
        && Arrays.equals(weights, scoring.weights);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(weights) + aggregate.hashCode();
  }

  @Override
  public String toString() {
    return aggregate + " " + Arrays.toString(weights);
  }
}
