package dev.varve.server.datatype.list;

/**
 * Elements of a spread list that follow each other and are found together, or a node of the tree
 * with many such runs.
 *
 * @param kind {@link #EXTENT}, {@link #CHUNK} or {@link #NODE}
 * @param at of an extent the position of its first element; of a chunk or node its number
 * @param count how many elements it has
 */
record Run(int kind, long at, long count) {
  /** Elements at positions that follow each other, each an engine key of its own. */
  static final int EXTENT = 0;

  /** Elements that are one value together. */
  static final int CHUNK = 1;

  /** More runs. */
  static final int NODE = 2;

  static Run extent(long at, long count) {
    return new Run(EXTENT, at, count);
  }
}
