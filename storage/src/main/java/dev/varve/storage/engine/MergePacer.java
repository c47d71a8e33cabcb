package dev.varve.storage.engine;

import dev.varve.storage.compaction.Pacer;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.DoubleSupplier;

/**
 * Runs a merge at a share of its full speed: after each step it rests, for as long as that share
 * asks of a merge that would do a hundred million bytes a second. Has no clock, so that it makes no
 * difference to what a simulation does. Safe for use by many threads.
 *
 * @param share of full speed, over 0 and up to 1
 * @param hurry whether the merge should come to an end as soon as can be
 */
record MergePacer(DoubleSupplier share, BooleanSupplier hurry) implements Pacer {
  private static final double FULL_SPEED_NANOS_PER_BYTE = 10;

  @Override
  public void consumed(long bytes) {
    double part = share.getAsDouble();
    if (part < 1 && !hurry.getAsBoolean()) {
      LockSupport.parkNanos((long) (bytes * FULL_SPEED_NANOS_PER_BYTE * (1 / part - 1)));
    }
  }
}
