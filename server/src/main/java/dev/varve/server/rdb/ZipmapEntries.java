package dev.varve.server.rdb;

/**
 * Reads a zipmap, as Redis before 2.6 kept small hashes in:
 *
 * <pre>
 * fields:u8 (254 and more: not known) | entry* | 0xFF
 * entry := length | field | length | unused:u8 | value | so many unused bytes
 * length := u8, or 254 and u32, little-endian
 * </pre>
 */
final class ZipmapEntries implements PackedEntries {
  private static final int END = 0xFF;
  private static final int BIG = 254;

  private final RdbInput in;
  private final int declared;
  private int count;

  ZipmapEntries(RdbString blob) {
    in = new RdbInput(blob);
    declared = in.u8();
  }

  @Override
  public boolean next(RdbString entry) {
    int first = in.u8();
    boolean value = count % 2 == 1;
    if (first == END) {
      if (value || in.hasMore() || (declared < BIG && declared != count / 2)) {
        throw new BadFormatException("a zipmap of another count");
      }
      return false;
    }
    long length = first == BIG ? in.u32() : first;
    int unused = value ? in.u8() : 0;
    in.slice(length, entry);
    in.skip(unused);
    count++;
    return true;
  }
}
