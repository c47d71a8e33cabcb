package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.collection.Packed;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The members of a packed sorted set, in the order of their scores, and of their bytes where those
 * are the same.
 *
 * <pre>
 * element := score:f64 | member
 * </pre>
 *
 * <p>Not thread-safe.
 */
final class PackedScores {
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.BIG_ENDIAN);

  private static final int SCORE_BYTES = Double.BYTES;

  private final Packed packed;

  PackedScores(Packed packed) {
    this.packed = packed;
  }

  /** Bytes that a member of a length takes. */
  static int sizeOf(int length) {
    return Packed.sizeOf(SCORE_BYTES + length);
  }

  double score(int place) {
    return (double) DOUBLE.get(packed.bytes(), packed.start(place));
  }

  /** Where in the packed bytes the member at a place begins. */
  int offset(int place) {
    return packed.start(place) + SCORE_BYTES;
  }

  int length(int place) {
    return packed.length(place) - SCORE_BYTES;
  }

  /** Returns the place of a member, or {@link Packed#NONE}. */
  int find(byte[] member, int length) {
    byte[] bytes = packed.bytes();
    for (int place = 0; place < packed.end(); place = packed.next(place)) {
      int offset = offset(place);
      if (length(place) == length
          && Arrays.equals(bytes, offset, offset + length, member, 0, length)) {
        return place;
      }
    }
    return Packed.NONE;
  }

  /** Adds a member that isn't there. */
  void insert(double score, byte[] member, int length) {
    int place = 0;
    while (place < packed.end() && isBefore(place, score, member, length)) {
      place = packed.next(place);
    }
    int at = packed.insert(place, SCORE_BYTES + length);
    DOUBLE.set(packed.bytes(), at, score);
    System.arraycopy(member, 0, packed.bytes(), at + SCORE_BYTES, length);
  }

  private boolean isBefore(int place, double score, byte[] member, int length) {
    double its = score(place);
    if (its != score) {
      return its < score;
    }
    int offset = offset(place);
    byte[] bytes = packed.bytes();
    return Arrays.compareUnsigned(bytes, offset, offset + length(place), member, 0, length) < 0;
  }

  /** Walks over the members. */
  ScoreWalk walk(int count, boolean backwards) {
    int[] places = new int[count];
    int place = 0;
    for (int i = 0; i < count; i++) {
      places[backwards ? count - 1 - i : i] = place;
      place = packed.next(place);
    }
    return new Walk(places);
  }

  private final class Walk implements ScoreWalk {
    private final int[] places;
    private int at;

    Walk(int[] places) {
      this.places = places;
    }

    @Override
    public boolean isValid() {
      return at < places.length;
    }

    @Override
    public void next() {
      at++;
    }

    @Override
    public byte[] bytes() {
      return packed.bytes();
    }

    @Override
    public int offset() {
      return PackedScores.this.offset(places[at]);
    }

    @Override
    public int length() {
      return PackedScores.this.length(places[at]);
    }

    @Override
    public double score() {
      return PackedScores.this.score(places[at]);
    }

    @Override
    public void close() {
      // Nothing is held.
    }
  }
}
