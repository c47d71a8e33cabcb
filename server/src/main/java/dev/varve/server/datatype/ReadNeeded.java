package dev.varve.server.datatype;

/**
 * Thrown when memory can't tell a key's value and the disk may not be read, or where a read would
 * keep others waiting. It is thrown on the way of ordinary commands, so there are two instances and
 * no stack.
 */
public final class ReadNeeded extends RuntimeException {
  /** The disk must be read. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // It has no stack, cause or suppressed ones.
  public static final ReadNeeded INSTANCE = new ReadNeeded("the disk must be read");

  /** So much is gone through that other reads shouldn't wait for it, either. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // As above.
  public static final ReadNeeded AT_LENGTH = new ReadNeeded("it takes long");

  private static final long serialVersionUID = 1L;

  private ReadNeeded(String message) {
    super(message, null, false, false);
  }
}
