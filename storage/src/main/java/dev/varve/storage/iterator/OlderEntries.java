package dev.varve.storage.iterator;

/** What lies beneath a merge: the sources that are older than all that are merged. */
@FunctionalInterface
public interface OlderEntries {
  /**
   * Whether an older source may hold an entry of the key. May be wrongly true; never wrongly false.
   */
  boolean mayContain(byte[] key, int offset, int length);
}
