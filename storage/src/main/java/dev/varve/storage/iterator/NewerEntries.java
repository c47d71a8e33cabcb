package dev.varve.storage.iterator;

/** What lies above the sources of a merge, with which it isn't merged. */
public interface NewerEntries extends AutoCloseable {
  /** Nothing, or nothing that is to be looked at. */
  NewerEntries NONE =
      new NewerEntries() {
        @Override
        public boolean hide(byte[] key, int length, long view) {
          return false;
        }

        @Override
        public void close() {}
      };

  /**
   * Whether something newer lies above a value of this key, hides it from all views from {@code
   * view} on, and owes nothing to the key's count that depends on the value.
   *
   * @param key whose first {@code length} bytes count; greater than that of the question before
   */
  boolean hide(byte[] key, int length, long view);

  @Override
  void close();
}
