package dev.varve.lua.compiler;

/** A local variable. */
final class Variable {
  final String name;
  final int slot;

  /** Whether closures share it; known when its function has been read. */
  boolean shared;

  Variable(String name, int slot) {
    this.name = name;
    this.slot = slot;
  }
}
