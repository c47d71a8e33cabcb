package dev.varve.server.rdb;

/**
 * Reads a listpack, little-endian:
 *
 * <pre>
 * bytes:u32 | entries:u16 (65535: not known) | entry* | 0xFF
 * entry := content | its length in groups of 7 bits, to be read backwards
 * </pre>
 */
final class ListpackEntries implements PackedEntries {
  private static final int UNKNOWN = 0xFFFF;
  private static final int END = 0xFF;

  private final RdbInput in;
  private final int declared;
  private int count;

  ListpackEntries(RdbString blob) {
    in = new RdbInput(blob);
    if (in.u32() != blob.length()) {
      throw new BadFormatException("a listpack of another length");
    }
    declared = in.u16();
  }

  /** Makes one that goes on where another one is. */
  ListpackEntries(ListpackEntries other) {
    in = new RdbInput(other.in);
    declared = other.declared;
    count = other.count;
  }

  @Override
  public boolean next(RdbString entry) {
    int before = in.left();
    int first = in.u8();
    if (first == END) {
      if (in.hasMore() || (declared != UNKNOWN && declared != count)) {
        throw new BadFormatException("a listpack of another count");
      }
      return false;
    }
    content(first, entry);
    backLength(before - in.left());
    count++;
    return true;
  }

  private void content(int first, RdbString entry) {
    if (first < 0x80) {
      entry.set(first);
    } else if (first < 0xC0) {
      in.slice(first & 0x3F, entry);
    } else if (first < 0xE0) {
      int unused = Integer.SIZE - 13;
      entry.set(((first & 0x1F) << Byte.SIZE | in.u8()) << unused >> unused);
    } else if (first < 0xF0) {
      in.slice((first & 0x0F) << Byte.SIZE | in.u8(), entry);
    } else {
      switch (first) {
        case 0xF0 -> in.slice(in.u32(), entry);
        case 0xF1 -> entry.set(in.i16());
        case 0xF2 -> entry.set(in.i24());
        case 0xF3 -> entry.set(in.i32());
        case 0xF4 -> entry.set(in.i64());
        default -> throw new BadFormatException("an entry of a listpack that is none");
      }
    }
  }

  private void backLength(int length) {
    int groups = groups(length);
    for (int i = groups - 1; i >= 0; i--) {
      int expected = ((length >>> (7 * i)) & 0x7F) | (i == groups - 1 ? 0 : 0x80);
      if (in.u8() != expected) {
        throw new BadFormatException("an entry of a listpack of another length");
      }
    }
  }

  /** How many groups of 7 bits a length takes; Redis turns to one more a little early. */
  static int groups(int length) {
    if (length <= 127) {
      return 1;
    } else if (length < 16_383) {
      return 2;
    } else if (length < 2_097_151) {
      return 3;
    }
    return length < 268_435_455 ? 4 : 5;
  }
}
