package dev.varve.storage.engine;

import dev.varve.storage.compaction.Pacer;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;
import java.util.function.LongConsumer;

/**
 * Slows merges down while clients need the machine, in two ways:
 *
 * <ul>
 *   <li><b>A share of full speed.</b> Full speed is taken to be 100 million bytes a second. After
 *       each piece of work the merge sleeps until its average would be that share of it: at a share
 *       of a half, as long as the piece takes at full speed.
 *   <li><b>A limit in bytes a second</b> for all merges together, if there is one. For each piece a
 *       merge sleeps as long as the limit allots to so many bytes. Merges sleep one after another,
 *       so together they stay below the limit; the time of the work itself comes on top.
 * </ul>
 *
 * <p>It reads no clock, so a simulation runs the same with it. Thread-safe.
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
   * Makes the pacer for all merges of an engine.
   *
   * @param share the share of full speed, greater than 0 and at most 1
   * @param hurry whether merges have to end as soon as possible; the share doesn't apply then
   * @param bytesPerSecond the limit for all merges together, even in a hurry; 0 for none
   * @param closing whether the engine is being closed, and merges are given up
   * @param resting makes the calling thread sleep for a number of nanoseconds
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
