package dev.varve.benchmarks.amplification;

import java.util.SplittableRandom;

/**
 * Ranks of a Zipf distribution: rank {@code k}, from 0, comes with a probability in proportion to
 * {@code (k + 1)^-exponent}. By rejection-inversion (Hörmann and Derflinger 1996): exact, and
 * nothing is kept however many ranks there are.
 */
public final class Zipf {
  private final double exponent;
  private final int ranks;
  private final double least;
  private final double most;
  private final double threshold;

  /** Makes the distribution over so many ranks; the exponent isn't 1. */
  public Zipf(int ranks, double exponent) {
    this.ranks = ranks;
    this.exponent = exponent;
    least = integral(1.5) - 1;
    most = integral(ranks + 0.5);
    threshold = 2 - inverse(integral(2.5) - density(2));
  }

  /** The next rank. */
  public int next(SplittableRandom random) {
    while (true) {
      double u = most + random.nextDouble() * (least - most);
      double x = inverse(u);
      int k = (int) Math.clamp(Math.round(x), 1L, ranks);
      if (k - x <= threshold || u >= integral(k + 0.5) - density(k)) {
        return k - 1;
      }
    }
  }

  private double density(double x) {
    return Math.pow(x, -exponent);
  }

  private double integral(double x) {
    return (Math.pow(x, 1 - exponent) - 1) / (1 - exponent);
  }

  private double inverse(double y) {
    return Math.pow(1 + y * (1 - exponent), 1 / (1 - exponent));
  }
}
