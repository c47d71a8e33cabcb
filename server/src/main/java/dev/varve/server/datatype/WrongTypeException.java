package dev.varve.server.datatype;

/** Thrown where a key holds a value of another type than a command works on. It has no stack. */
public final class WrongTypeException extends RuntimeException {
  /** The error line that answers the command. */
  public static final String ERROR =
      "WRONGTYPE Operation against a key holding the wrong kind of value";

  private static final long serialVersionUID = 1L;

  /** Makes one. */
  public WrongTypeException() {
    super(ERROR, null, false, false);
  }
}
