package dev.varve.storage.engine;

import dev.varve.storage.compaction.Pacer;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;

/**
 * Runs merges at a share of their full speed: after each step a merge rests, for as long as that
 * share asks of one that would do a hundred million bytes a second. And holds all of them together
 * to a rate, if there is one: they rest one after another for as long as what they did may take,
 * their own time on top of it. Has no clock, so that it makes no difference to what a simulation
 * does. Safe for use by many threads.
 */
final class MergePacer implements Pacer {
  private static final double FULL_SPEED_NANOS_PER_BYTE = 10;
  private static final double NANOS_PER_SECOND = 1e9;

  private final DoubleSupplier share;
  private final BooleanSupplier hurry;
  private final long bytesPerSecond;
  private final BooleanSupplier closing;
  private final LongConsumer resting;

  /**
   * A pacer for all merges of an engine.
   *
   * @param share of full speed, over 0 and up to 1
   * @param hurry whether merges should come to an end as soon as can be
   * @param bytesPerSecond the most that they may do, in a hurry or not; 0 for all that they can
   * @param closing whether they are given up
   * @param resting lets the calling thread rest for so many nanoseconds
   */
  MergePacer(
      DoubleSupplier share,
      BooleanSupplier hurry,
      long bytesPerSecond,
      BooleanSupplier closing,
      LongConsumer resting) {
    this.share = share;
    this.hurry = hurry;
    this.bytesPerSecond = bytesPerSecond;
    this.closing = closing;
    this.resting = resting;
  }

  @Override
  public void consumed(long bytes) {
    double part = share.getAsDouble();
    if (part < 1 && !hurry.getAsBoolean()) {
      rest(bytes * FULL_SPEED_NANOS_PER_BYTE * (1 / part - 1));
    }
    if (bytesPerSecond > 0) {
      restInTurn(bytes);
    }
  }

  private synchronized void restInTurn(long bytes) {
    if (!closing.getAsBoolean()) {
      rest(bytes * NANOS_PER_SECOND / bytesPerSecond);
    }
  }

  private void rest(double nanos) {
    resting.accept((long) nanos);
  }
}
