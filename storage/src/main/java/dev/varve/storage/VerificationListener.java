package dev.varve.storage;

/** Is told what a verification finds, while it runs, on the thread that verifies. */
public interface VerificationListener {
  /** Hears nothing. */
  VerificationListener NONE =
      new VerificationListener() {
        @Override
        public void progressed(long bytes, long totalBytes) {}

        @Override
        public void damaged(Damage damage) {}
      };

  /** So many bytes of the files have been dealt with, of so many in all. */
  void progressed(long bytes, long totalBytes);

  /** Something is not as it was written; the verification goes on after it. */
  void damaged(Damage damage);
}
