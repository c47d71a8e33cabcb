package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.ElementWalk;
import java.util.Arrays;

/**
 * Where runs of members may be divided: a position between two of them, as short as it can be. Not
 * thread-safe.
 */
final class RankCut {
  /** Runs are not divided at a position that takes more bytes to tell. */
  static final int MOST_BYTES = 256;

  private byte[] last;
  private int lastLength;

  RankCut(byte[] first) {
    last = first.clone();
    lastLength = first.length;
  }

  /** How long the shortest position is that isn't in front of the last member. */
  int at(ElementWalk walk) {
    int from = ScoreOrder.POSITION;
    int to = walk.keyLength();
    int same = Arrays.mismatch(last, 0, lastLength, walk.key(), from, to);
    return same < 0 ? lastLength : Math.min(same + 1, to - from);
  }

  byte[] bytes(ElementWalk walk) {
    int from = ScoreOrder.POSITION;
    return Arrays.copyOfRange(walk.key(), from, from + at(walk));
  }

  /** It has passed the member that a walk stands on. */
  void behind(ElementWalk walk) {
    lastLength = walk.keyLength() - ScoreOrder.POSITION;
    if (last.length < lastLength) {
      last = new byte[2 * lastLength];
    }
    System.arraycopy(walk.key(), ScoreOrder.POSITION, last, 0, lastLength);
  }
}
