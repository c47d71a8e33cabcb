package dev.varve.storage.base;

/**
 * What is tidied up on the way out of a failure. The failure is what callers act upon (they delete
 * tables, try again, or take no more writes), so nothing that goes wrong on the way may take its
 * place: it goes along with it.
 */
public final class Cleanup {
  private Cleanup() {}

  /**
   * Runs all steps, whatever becomes of those before; what they throw is added to {@code failure}.
   */
  @SuppressWarnings("ReferenceEquality") // nothing suppresses itself
  public static void after(Throwable failure, Runnable... steps) {
    for (Runnable step : steps) {
      try {
        step.run();
      } catch (RuntimeException | Error e) {
        if (e != failure) {
          failure.addSuppressed(e);
        }
      }
    }
  }
}
