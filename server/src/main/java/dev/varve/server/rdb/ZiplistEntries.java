package dev.varve.server.rdb;

/**
 * Reads a ziplist, as Redis before 7.0 kept small collections in, little-endian:
 *
 * <pre>
 * bytes:u32 | where the last entry begins:u32 | entries:u16 (65535: not known) | entry* | 0xFF
 * entry := length of the entry before:u8 (254: u32 follows) | encoding | content
 * </pre>
 *
 * Lengths of strings among encodings are big-endian.
 */
final class ZiplistEntries implements PackedEntries {
  private static final int UNKNOWN = 0xFFFF;
  private static final int END = 0xFF;
  private static final int BIG = 0xFE;
  private static final int HEADER_BYTES = 10;

  private final RdbInput in;
  private final int length;
  private final long tail;
  private final int declared;
  private int count;
  private int lengthBefore;
  private int last = HEADER_BYTES;

  ZiplistEntries(RdbString blob) {
    in = new RdbInput(blob);
    length = blob.length();
    if (in.u32() != length) {
      throw new BadFormatException("a ziplist of another length");
    }
    tail = in.u32();
    declared = in.u16();
  }

  @Override
  public boolean next(RdbString entry) {
    int begin = length - in.left();
    int first = in.u8();
    if (first == END) {
      if (in.hasMore() || tail != last || (declared != UNKNOWN && declared != count)) {
        throw new BadFormatException("a ziplist of another count");
      }
      return false;
    }
    long before = first == BIG ? in.u32() : first;
    if (before != lengthBefore) {
      throw new BadFormatException("an entry of a ziplist that isn't where it should be");
    }
    content(in.u8(), entry);
    last = begin;
    lengthBefore = length - in.left() - begin;
    count++;
    return true;
  }

  private void content(int encoding, RdbString entry) {
    switch (encoding >>> 6) {
      case 0 -> in.slice(encoding, entry);
      case 1 -> in.slice((encoding & 0x3F) << Byte.SIZE | in.u8(), entry);
      case 2 -> in.slice(in.u32BigEndian(), entry);
      default -> entry.set(number(encoding));
    }
  }

  private long number(int encoding) {
    return switch (encoding) {
      case 0xC0 -> in.i16();
      case 0xD0 -> in.i32();
      case 0xE0 -> in.i64();
      case 0xF0 -> in.i24();
      case 0xFE -> in.i8();
      default -> {
        if (encoding < 0xF1 || encoding > 0xFD) {
          throw new BadFormatException("an entry of a ziplist that is none");
        }
        yield (encoding & 0x0F) - 1;
      }
    };
  }
}
