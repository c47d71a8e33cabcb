package dev.varve.storage.manifest;

import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;

/** Gives every new file of a database a number that none has had. Safe for use by many threads. */
public final class FileNumbers {
  private final AtomicLong next = new AtomicLong(1);

  /** A number for a new file. */
  public long next() {
    return next.getAndIncrement();
  }

  /** The number that {@link #next} would give. */
  public long peek() {
    return next.get();
  }

  /** Moves on after the numbers in the names of files. */
  public void startBehind(Collection<String> names) {
    for (String name : names) {
      startFrom(FileNames.anyNumber(name) + 1);
    }
  }

  void startFrom(long number) {
    next.accumulateAndGet(number, Math::max);
  }
}
