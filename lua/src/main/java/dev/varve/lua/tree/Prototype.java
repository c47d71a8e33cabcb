package dev.varve.lua.tree;

/** What all closures of one function have in common. */
public final class Prototype {
  private static final int CALL_BYTES = 900;
  private static final int DEPTH_BYTES = 300;

  /** Where a closure gets an upvalue from, when it is made. */
  public record Capture(boolean fromLocal, int index) {}

  final String chunk;
  final String source;
  final int parameters;
  final boolean variable;
  final boolean argTable;
  final int slots;
  final Capture[] captures;
  final int[] sharedParameters;
  final Statement body;
  final int stackBytes;
  final long programBytes;

  /**
   * A function.
   *
   * @param chunk the name of its source, as errors show it
   * @param source the name of its source, as it was given
   * @param parameters how many it has; they are in the first slots
   * @param variable whether it takes more, as {@code ...}
   * @param argTable whether those are also a local table {@code arg}, in the slot after the
   *     parameters
   * @param sharedParameters slots of parameters that closures share
   * @param depth how deep its expressions and statements are nested
   * @param programBytes the memory that its program takes, by an estimate
   */
  public Prototype(
      String chunk,
      String source,
      int parameters,
      boolean variable,
      boolean argTable,
      int slots,
      Capture[] captures,
      int[] sharedParameters,
      Statement body,
      int depth,
      long programBytes) {
    this.chunk = chunk;
    this.source = source;
    this.parameters = parameters;
    this.variable = variable;
    this.argTable = argTable;
    this.slots = slots;
    this.captures = captures;
    this.sharedParameters = sharedParameters;
    this.body = body;
    this.stackBytes = CALL_BYTES + DEPTH_BYTES * depth;
    this.programBytes = programBytes;
  }
}
