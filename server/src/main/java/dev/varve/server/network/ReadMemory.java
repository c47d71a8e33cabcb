package dev.varve.server.network;

import dev.varve.server.datatype.CommandMemory;
import java.util.function.LongPredicate;

/**
 * What one request's reads have taken of the memory of all commands, for copies of long values.
 *
 * <p>Belongs to whoever has the request in hand, except where methods say otherwise.
 */
final class ReadMemory {
  private final CommandMemory memory;
  private final LongPredicate ask = this::has;

  private volatile long reserved;

  /** The request was given up, as it would have held so many bytes; 0: it wasn't. */
  private long needed;

  ReadMemory(CommandMemory memory) {
    this.memory = memory;
  }

  /**
   * Returns what a command asks before it holds so many bytes. If they weren't taken for it, it is
   * to be given up, and {@link #takeNeeded} says how much to take.
   */
  LongPredicate ask() {
    return ask;
  }

  private boolean has(long wanted) {
    if (holds(wanted)) {
      return true;
    }
    memory.check(wanted);
    // What comes little by little would have it begin anew for each little.
    needed = Math.max(wanted, Math.min(2 * wanted, memory.limit()));
    return false;
  }

  /** Returns how much is to be taken before the request runs again, and forgets it; 0: nothing. */
  long takeNeeded() {
    long taken = needed;
    needed = 0;
    return taken;
  }

  /** Whether so much has been taken. */
  boolean holds(long bytes) {
    return bytes <= reserved;
  }

  /** Any thread: whether it has memory that other commands may wait for, and they have for long. */
  boolean isKeptFromOthers(long nanos) {
    return reserved > 0 && memory.isWaitedForSince(nanos);
  }

  /**
   * Takes memory, now or later. Until it is there nothing is held, as whoever waits for memory must
   * not keep any from others.
   *
   * @param again runs once it has been taken, if that isn't at once
   * @return whether it was taken at once
   * @throws CommandMemory.ExceededException if there will never be so much
   */
  boolean take(long bytes, Runnable again) {
    if (holds(bytes)) {
      return true;
    }
    // Twice as much as before, so that one that reads many keys doesn't wait for each.
    long ample = Math.max(bytes, Math.min(2 * reserved, memory.limit()));
    giveBack();
    Runnable granted =
        () -> {
          reserved = ample;
          again.run();
        };
    if (!memory.take(ample, granted)) {
      return false;
    }
    reserved = ample;
    return true;
  }

  void giveBack() {
    long given = reserved;
    if (given != 0) {
      reserved = 0;
      memory.give(given);
    }
  }
}
