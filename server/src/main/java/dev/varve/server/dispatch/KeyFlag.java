package dev.varve.server.dispatch;

/** What a command does with a key, in the order and by the names of COMMAND's replies. */
public enum KeyFlag {
  /** Reads the value only. */
  RO("RO"),
  /** Reads and changes the value. */
  RW("RW"),
  /** Overwrites the value, whatever it was. */
  OW("OW"),
  /** Removes the key. */
  RM("RM"),
  /** Tells something of the value. */
  ACCESS("access"),
  /** Changes what is there. */
  UPDATE("update"),
  /** Adds to what is there. */
  INSERT("insert"),
  /** Removes from what is there. */
  DELETE("delete"),
  /** Is no key, but stands for a place where keys go, as a channel of a shard. */
  NOT_KEY("not_key"),
  /** There may be more keys than the specification finds. */
  INCOMPLETE("incomplete"),
  /** Some of the other flags hold for some of the options only. */
  VARIABLE_FLAGS("variable_flags");

  private final String label;

  KeyFlag(String label) {
    this.label = label;
  }

  /** Returns the name in COMMAND's replies. */
  public String label() {
    return label;
  }
}
