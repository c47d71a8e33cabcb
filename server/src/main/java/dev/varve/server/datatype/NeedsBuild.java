package dev.varve.server.datatype;

/**
 * Thrown by a command whose result is too large for one step of the storage thread, once it has
 * looked up all keys that it uses: it is given up, and its result built aside ({@link Builds}).
 * Part of ordinary work: it has no stack.
 */
public final class NeedsBuild extends RuntimeException {
  /** The one instance. */
  @SuppressWarnings("StaticAssignmentOfThrowable") // It has no stack, cause or suppressed ones.
  public static final NeedsBuild INSTANCE = new NeedsBuild();

  private static final long serialVersionUID = 1L;

  private NeedsBuild() {
    super("the result is built aside", null, false, false);
  }
}
