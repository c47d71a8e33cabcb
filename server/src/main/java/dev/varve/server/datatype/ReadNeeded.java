package dev.varve.server.datatype;

/**
 * Thrown when memory can't tell a key's value and the disk may not be read. It is thrown on the way
 * of ordinary commands, so there is one instance and no stack.
 */
public final class ReadNeeded extends RuntimeException {
  /** The one instance. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // It has no stack, cause or suppressed ones.
  public static final ReadNeeded INSTANCE = new ReadNeeded();

  private static final long serialVersionUID = 1L;

  private ReadNeeded() {
    super("the disk must be read", null, false, false);
  }
}
