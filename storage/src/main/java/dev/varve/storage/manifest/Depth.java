package dev.varve.storage.manifest;

/**
 * A place in the tree: tables from there on are older than those above it.
 *
 * @param level the first level
 * @param table the first table of it if it is level 0, else 0
 */
public record Depth(int level, int table) {
  /** Where the newest table is. */
  public static final Depth TOP = new Depth(0, 0);

  /** Where a level begins. */
  public static Depth of(int level) {
    return new Depth(level, 0);
  }
}
