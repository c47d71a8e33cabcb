package dev.varve.lua.runtime;

/** A place in a program where something may be called or go wrong. */
public abstract class Site {
  private final int line;

  protected Site(int line) {
    this.line = line;
  }

  /** The line, from 1; 0 for what can't fail. */
  public final int line() {
    return line;
  }

  /** By which name the function is called here; null if it has none, or this isn't a call. */
  public String callee() {
    return null;
  }

  /**
   * Whether this calls a method ({@code a:b()}), so that the first argument isn't written among the
   * arguments.
   */
  public boolean method() {
    return false;
  }
}
