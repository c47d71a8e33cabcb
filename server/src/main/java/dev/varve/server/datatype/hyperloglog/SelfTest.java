package dev.varve.server.datatype.hyperloglog;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.random.RandomGenerator;

/**
 * What PFSELFTEST does: it looks whether registers keep what they are given, whether both forms
 * count alike, and whether they count well. Takes seconds.
 */
public final class SelfTest {
  private static final int ROUNDS = 1000;
  private static final int ELEMENTS = 10_000_000;

  /** An error of more than so many standard errors is not by chance. */
  private static final int TOLERANCE = 6;

  private final RandomGenerator random;
  private final long sparseBytes;

  /**
   * Makes one.
   *
   * @param sparseBytes up to how many bytes the sparse form is used
   */
  public SelfTest(RandomGenerator random, long sparseBytes) {
    this.random = random;
    this.sparseBytes = sparseBytes;
  }

  /** Runs it; returns what is wrong, or null. */
  public String run() {
    String failure = registers();
    return failure == null ? counts() : failure;
  }

  private String registers() {
    HyperLogLog dense = dense();
    byte[] expected = new byte[Registers.COUNT];
    for (int round = 0; round < ROUNDS; round++) {
      random.nextBytes(expected);
      for (int i = 0; i < Registers.COUNT; i++) {
        expected[i] &= 63;
        dense.put(i, expected[i]);
      }
      for (int i = 0; i < Registers.COUNT; i++) {
        if (dense.register(i) != expected[i]) {
          return "Register " + i + " should be " + expected[i] + " but is " + dense.register(i);
        }
      }
    }
    return null;
  }

  private static HyperLogLog dense() {
    HyperLogLog dense = new HyperLogLog();
    dense.create();
    dense.toDense();
    return dense;
  }

  private String counts() {
    HyperLogLog dense = dense();
    HyperLogLog sparse = new HyperLogLog();
    sparse.create();
    ByteBuf element = Unpooled.buffer(Long.BYTES);
    long seed = random.nextLong();
    int checkpoint = 1;
    for (int i = 1; i <= ELEMENTS; i++) {
      element.setLongLE(0, i ^ seed);
      dense.add(element, 0, Long.BYTES, sparseBytes);
      sparse.add(element, 0, Long.BYTES, sparseBytes);
      if (i == checkpoint) {
        String failure = check(dense, sparse, i);
        if (failure != null) {
          return failure;
        }
        checkpoint *= 10;
      }
    }
    return null;
  }

  private String check(HyperLogLog dense, HyperLogLog sparse, int count) {
    if (count < sparseBytes / 2 && sparse.isDense()) {
      return "sparse encoding not used";
    }
    dense.estimate();
    sparse.estimate();
    if (dense.count() != sparse.count()) {
      return "dense/sparse disagree";
    }
    long error = Math.abs(count - dense.count());
    double standardError = 1.04 / Math.sqrt(Registers.COUNT);
    // One of ten may well share its register with another.
    double most = count == 10 ? 1 : Math.ceil(standardError * TOLERANCE * count);
    return error > most ? "Too big error. card:" + count + " abserr:" + error : null;
  }
}
