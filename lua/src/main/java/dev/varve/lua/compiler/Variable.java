package dev.varve.lua.compiler;

/** A local variable. */
final class Variable {
  final String name;
  final int slot;

  /** Whether closures share it; known when its function has been read. */
  boolean shared;

  /**
   * Whether numbers in it are kept without a box, as it is a loop's or a loop calculates with it;
   * known when its function has been read. Of no meaning for what closures share.
   */
  boolean unboxed;

  Variable(String name, int slot) {
    this.name = name;
    this.slot = slot;
  }
}
