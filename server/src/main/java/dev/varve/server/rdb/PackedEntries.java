package dev.varve.server.rdb;

/** The entries of a small collection that Redis keeps in one string, one after another. */
interface PackedEntries {
  /**
   * Reads the next entry.
   *
   * @return false if there is none
   * @throws BadFormatException if the string is damaged
   */
  boolean next(RdbString entry);
}
