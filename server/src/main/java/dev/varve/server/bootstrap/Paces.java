package dev.varve.server.bootstrap;

import dev.varve.storage.backup.Pace;
import java.util.concurrent.locks.LockSupport;

/** Makes paces that go by the time that elapses here. */
final class Paces {
  private Paces() {}

  /** Returns one of so many bytes a second; 0: as many as there are. */
  static Pace of(long bytesPerSecond) {
    return new Pace(bytesPerSecond, System::nanoTime, LockSupport::parkNanos);
  }
}
