package dev.varve.protocol;

/** The versions of RESP; a connection begins with {@link #RESP2} and changes by {@code HELLO}. */
public enum ProtocolVersion {
  RESP2(2),
  RESP3(3);

  private final int number;

  ProtocolVersion(int number) {
    this.number = number;
  }

  /** Returns the number that {@code HELLO} takes and answers: 2 or 3. */
  public int number() {
    return number;
  }
}
