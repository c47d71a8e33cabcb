package dev.varve.storage.base;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH64, after the algorithm's published description (xxHash, Yann Collet). With seed 0 it is the
 * hash of keys, in filters of tables among others: part of their format.
 */
public final class KeyHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long PRIME1 = 0x9E3779B185EBCA87L;
  private static final long PRIME2 = 0xC2B2AE3D27D4EB4FL;
  private static final long PRIME3 = 0x165667B19E3779F9L;
  private static final long PRIME4 = 0x85EBCA77C2B2AE63L;
  private static final long PRIME5 = 0x27D4EB2F165667C5L;
  private static final long PRIME1_PLUS_PRIME2 = 0x60EA27EEADC0B5D6L;

  private KeyHash() {}

  /** Returns the hash of a key, so many bytes from a place on. */
  public static long hash(byte[] key, int offset, int length) {
    return hash(key, offset, length, 0);
  }

  /** Returns the XXH64 of so many bytes from a place on, with any seed. */
  public static long hash(byte[] key, int offset, int length, long seed) {
    int at = offset;
    int end = offset + length;
    long hash = seed + PRIME5;
    if (length >= 32) {
      long lane1 = seed + PRIME1_PLUS_PRIME2;
      long lane2 = seed + PRIME2;
      long lane3 = seed;
      long lane4 = seed - PRIME1;
      do {
        lane1 = round(lane1, (long) LONG.get(key, at));
        lane2 = round(lane2, (long) LONG.get(key, at + 8));
        lane3 = round(lane3, (long) LONG.get(key, at + 16));
        lane4 = round(lane4, (long) LONG.get(key, at + 24));
        at += 32;
      } while (at <= end - 32);
      hash =
          Long.rotateLeft(lane1, 1)
              + Long.rotateLeft(lane2, 7)
              + Long.rotateLeft(lane3, 12)
              + Long.rotateLeft(lane4, 18);
      hash = merge(hash, lane1);
      hash = merge(hash, lane2);
      hash = merge(hash, lane3);
      hash = merge(hash, lane4);
    }
    hash += length;
    for (; at <= end - 8; at += 8) {
      hash ^= round(0, (long) LONG.get(key, at));
      hash = Long.rotateLeft(hash, 27) * PRIME1 + PRIME4;
    }
    if (at <= end - 4) {
      hash ^= ((int) INT.get(key, at) & 0xFFFFFFFFL) * PRIME1;
      hash = Long.rotateLeft(hash, 23) * PRIME2 + PRIME3;
      at += 4;
    }
    for (; at < end; at++) {
      hash ^= (key[at] & 0xFF) * PRIME5;
      hash = Long.rotateLeft(hash, 11) * PRIME1;
    }
    hash = (hash ^ (hash >>> 33)) * PRIME2;
    hash = (hash ^ (hash >>> 29)) * PRIME3;
    return hash ^ (hash >>> 32);
  }

  private static long round(long lane, long input) {
    return Long.rotateLeft(lane + input * PRIME2, 31) * PRIME1;
  }

  private static long merge(long hash, long lane) {
    return (hash ^ round(0, lane)) * PRIME1 + PRIME4;
  }
}
