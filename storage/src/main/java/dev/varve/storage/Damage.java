package dev.varve.storage;

/**
 * A place where bytes on disk are not what was written.
 *
 * @param file the file's path
 * @param offset where in the file, in bytes; 0 if it is about the file as a whole
 * @param expected what should have been there
 */
public record Damage(String file, long offset, String expected) {
  @Override
  public String toString() {
    return file + " at offset " + offset + ": expected " + expected;
  }
}
