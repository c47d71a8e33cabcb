package dev.varve.server.datatype.hyperloglog;

import io.netty.buffer.ByteBuf;

/** Austin Appleby's MurmurHash2 of 64 bits, as Redis has it for HyperLogLogs. */
final class MurmurHash64A {
  private static final long MULTIPLIER = 0xc6a4a7935bd1e995L;
  private static final int SHIFT = 47;
  private static final long SEED = 0xadc83b19L;

  private MurmurHash64A() {}

  static long hash(ByteBuf bytes, int offset, int length) {
    long hash = SEED ^ (length * MULTIPLIER);
    int whole = length & -Long.BYTES;
    for (int i = 0; i < whole; i += Long.BYTES) {
      long word = bytes.getLongLE(offset + i) * MULTIPLIER;
      word = (word ^ (word >>> SHIFT)) * MULTIPLIER;
      hash = (hash ^ word) * MULTIPLIER;
    }
    if (whole < length) {
      long rest = 0;
      for (int i = length - 1; i >= whole; i--) {
        rest = rest << Byte.SIZE | bytes.getUnsignedByte(offset + i);
      }
      hash = (hash ^ rest) * MULTIPLIER;
    }
    hash = (hash ^ (hash >>> SHIFT)) * MULTIPLIER;
    return hash ^ (hash >>> SHIFT);
  }
}
