package dev.varve.server.rdb;

/**
 * Reads an intset, little-endian, its members in ascending order:
 *
 * <pre>
 * bytes of a member:u32 (2, 4, 8) | members:u32 | member*
 * </pre>
 */
final class IntsetEntries implements PackedEntries {
  /** What is in front of the members. */
  static final int HEADER_BYTES = 2 * Integer.BYTES;

  private final RdbInput in;
  private final int width;
  private boolean any;
  private long before;

  IntsetEntries(RdbString blob) {
    in = new RdbInput(blob);
    width = in.i32();
    long members = in.u32();
    if ((width != Short.BYTES && width != Integer.BYTES && width != Long.BYTES)
        || in.left() != members * width) {
      throw new BadFormatException("an intset of another length");
    }
  }

  @Override
  public boolean next(RdbString entry) {
    if (!in.hasMore()) {
      return false;
    }
    long member =
        switch (width) {
          case Short.BYTES -> in.i16();
          case Integer.BYTES -> in.i32();
          default -> in.i64();
        };
    if (any && member <= before) {
      throw new BadFormatException("an intset that isn't in order");
    }
    any = true;
    before = member;
    entry.set(member);
    return true;
  }
}
