package dev.varve.server.datatype.check;

import dev.varve.server.datatype.ValueType;

/** Checks a packed collection, which is one value. */
final class PackedCheck {
  private PackedCheck() {}

  /** How many elements there are; -1: that can't be told. */
  static long count(Head head) {
    long parts = 0;
    try {
      Input input = new Input(head.own);
      for (; input.hasMore(); parts++) {
        byte[] part = input.bytes(input.number());
        if (head.type == ValueType.SORTED_SET && part.length < Double.BYTES) {
          return -1;
        }
      }
    } catch (IllegalArgumentException | IndexOutOfBoundsException _) {
      return -1;
    }
    boolean isOfPairs = head.type == ValueType.HASH;
    return !isOfPairs ? parts : parts % 2 == 0 ? parts / 2 : -1;
  }
}
