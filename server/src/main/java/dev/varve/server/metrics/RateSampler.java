package dev.varve.server.metrics;

/**
 * The rate of a growing figure over the last whole interval. Sampled by one thread, read by all.
 */
public final class RateSampler {
  private static final double NANOS_PER_SECOND = 1e9;

  private long lastFigure;
  private long lastNanos = System.nanoTime();
  private volatile double rate;

  /** Takes the figure as it is now. */
  public void sample(long figure) {
    long now = System.nanoTime();
    if (now > lastNanos) {
      rate = (figure - lastFigure) * NANOS_PER_SECOND / (now - lastNanos);
    }
    lastFigure = figure;
    lastNanos = now;
  }

  /** Returns how much the figure grew a second. */
  public double perSecond() {
    return rate;
  }
}
