package dev.varve.server.writer;

import dev.varve.server.datatype.KeyLeases;
import dev.varve.server.datatype.KeyUse;
import dev.varve.storage.WriteBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The keys that are leased to builds, which nobody else may change meanwhile, and the steps that
 * wait until they may.
 *
 * <p>Used by the storage thread only.
 */
final class LeasedKeys {
  private final KeyLeases leases = new KeyLeases();
  private final Executor storageThread;
  private List<Runnable> waiting = new ArrayList<>();

  /** Whether the step that was executed last was refused because of a lease. */
  private boolean refused;

  LeasedKeys(Executor storageThread) {
    this.storageThread = storageThread;
  }

  /** Another step begins, which has not been refused. */
  void beginStep() {
    refused = false;
  }

  /** Returns whether the step must be refused, as its batch changes what is leased. */
  boolean refuse(WriteBatch batch) {
    refused = leases.isTouchedBy(batch);
    return refused;
  }

  /** Returns whether the step must be refused, as it wants a lease of what is leased already. */
  boolean refuse(List<KeyUse> wanted) {
    refused = leases.has(wanted);
    return refused;
  }

  /** Whether the step that was executed last was refused because of a lease. */
  boolean hasRefused() {
    return refused;
  }

  /**
   * Has a step that was refused because of a lease wait until one is given back.
   *
   * @return false if it was refused for another reason; then it doesn't wait here
   */
  boolean keepWaiting(Runnable step) {
    if (!refused) {
      return false;
    }
    refused = false;
    waiting.add(step);
    return true;
  }

  void take(List<KeyUse> uses) {
    leases.take(uses);
  }

  /** Gives a lease back. The steps that wait run once more, after the present one. */
  void give(List<KeyUse> uses) {
    leases.give(uses);
    List<Runnable> now = waiting;
    waiting = new ArrayList<>();
    now.forEach(storageThread::execute);
  }

  /** Returns how many keys are leased. */
  int count() {
    return leases.count();
  }
}
