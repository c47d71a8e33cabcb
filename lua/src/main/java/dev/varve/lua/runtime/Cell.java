package dev.varve.lua.runtime;

/** A local variable that closures share. */
public final class Cell {
  public Object value;
  int mark;

  public Cell(Object value) {
    this.value = value;
  }
}
