package dev.varve.server.datatype.check;

/** Is told what is found. */
@FunctionalInterface
public interface FaultListener {
  /**
   * Something is wrong.
   *
   * @param databaseId the id, not the number, of the database that it is of
   * @param key the user's; null: of elements that no key leads to
   * @param detail what precisely
   */
  void found(Fault fault, int databaseId, byte[] key, String detail);
}
