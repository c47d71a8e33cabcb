package dev.varve.server.bootstrap;

import dev.varve.storage.Damage;
import dev.varve.storage.VerificationListener;

/** Shows how far a verification is, and prints each damaged place when it is found. */
record DamagePrinter(ProgressBar bar) implements VerificationListener {
  @Override
  public void progressed(long bytes, long totalBytes) {
    bar.show(bytes, totalBytes);
  }

  @Override
  public void damaged(Damage damage) {
    bar.clear();
    System.out.println("damaged: " + damage);
  }
}
