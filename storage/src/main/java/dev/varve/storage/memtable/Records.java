package dev.varve.storage.memtable;

/**
 * How keys and their versions lie in memory. A key is there once, its first version right after it
 * (unless the key is huge); later versions are records of their own.
 *
 * <pre>
 * key     := newest version:u32 | key length:u32 | key | padding to 8 | version
 * version := sequence &lt;&lt; 8 | kind:u64 | older version:u32 | value length:u32
 *            | [if there is an older one: jump:u32 | depth:u32] | value | padding to 8
 * </pre>
 *
 * <p>References are those of {@link RecordArena}; 0 is none. {@code depth} counts the versions
 * beneath. {@code jump} leads to a version further down such that any is reached in a logarithmic
 * number of steps: a reader with an old snapshot isn't slowed down by a key that is overwritten all
 * the time. Every eighth version is a <i>step</i>, to which those on top of it jump; steps jump to
 * steps, as far as Myers says (<i>An applicative random-access stack</i>, 1983). How far that is
 * follows from the depth alone, so that a new version seldom has to wait for one further down than
 * the newest, which nobody has looked at for long.
 */
final class Records {
  private static final int KEY_HEADER = 8;
  private static final int FIRST_VERSION_HEADER = 16;
  private static final int LATER_VERSION_HEADER = 24;
  private static final int NO_VERSION = 0;

  /** One in so many versions is a step; a power of two. */
  private static final int STEP = 8;

  private static final int LINE = 64;

  /** The processor fetches what lies beyond that by itself. */
  private static final int WARMED_BYTES = 256;

  /** A longer key's first version lies apart, so that its reference stays in its slab's reach. */
  private static final int LONGEST_INLINE_KEY = SlabPool.LARGEST_SLAB / 2;

  /** How many bytes after every key may be read, though they mean nothing. */
  static final int BYTES_BEHIND_KEY = 8;

  /*
   * 1. All of a record but `newest` is written before its reference is published (a release store
   *    to an index slot or to `newest`), and never changes afterwards.
   * 2. `newest` is stored with release and loaded with acquire.
   * 3. Sequences fall from `newest` on down the chain.
   */
  private final RecordArena arena;

  Records(RecordArena arena) {
    this.arena = arena;
  }

  long address(int reference) {
    return arena.address(reference);
  }

  private static long padded(long bytes) {
    return (bytes + RecordArena.ALIGNMENT - 1) & -RecordArena.ALIGNMENT;
  }

  /** Writer: a new key with its first version. */
  int addKey(
      byte kind,
      long sequence,
      byte[] bytes,
      int keyOffset,
      int keyLength,
      int valueOffset,
      int valueLength) {
    long keyBytes = padded(KEY_HEADER + (long) keyLength);
    long versionBytes = (long) FIRST_VERSION_HEADER + valueLength;
    int key;
    int version;
    if (keyLength <= LONGEST_INLINE_KEY) {
      key = arena.allocate(keyBytes + versionBytes);
      version = key + (int) (keyBytes / RecordArena.ALIGNMENT);
    } else {
      key = arena.allocate(keyBytes + BYTES_BEHIND_KEY);
      version = arena.allocate(versionBytes);
    }
    putVersionHeader(arena.address(version), kind, sequence, NO_VERSION, valueLength);
    Memory.copyIn(bytes, valueOffset, valueLength, arena.address(version) + FIRST_VERSION_HEADER);
    long address = arena.address(key);
    Memory.putInt(address, version);
    Memory.putInt(address + 4, keyLength);
    Memory.copyIn(bytes, keyOffset, keyLength, address + KEY_HEADER);
    return key;
  }

  /** Writer: a new newest version of {@code key}. */
  void addVersion(
      int key, byte kind, long sequence, byte[] bytes, int valueOffset, int valueLength) {
    long keyAddress = arena.address(key);
    int older = Memory.getInt(keyAddress);
    int version = arena.allocate((long) LATER_VERSION_HEADER + valueLength);
    long address = arena.address(version);
    putVersionHeader(address, kind, sequence, older, valueLength);
    Memory.putInt(address + 16, jumpFrom(older));
    Memory.putInt(address + 20, depth(older) + 1);
    Memory.copyIn(bytes, valueOffset, valueLength, address + LATER_VERSION_HEADER);
    Memory.putIntRelease(keyAddress, version);
  }

  private static void putVersionHeader(
      long address, byte kind, long sequence, int older, int valueLength) {
    Memory.putLong(address, sequence << 8 | kind);
    Memory.putInt(address + 8, older);
    Memory.putInt(address + 12, valueLength);
  }

  /** Where a version jumps that is put on top of {@code older}. */
  private int jumpFrom(int older) {
    int beneath = depth(older);
    int behindStep = beneath % STEP;
    if (behindStep == 0) {
      return older;
    }
    int step = jump(older);
    if (behindStep < STEP - 1) {
      return step;
    }
    // What comes is a step itself.
    int number = beneath / STEP;
    int distance = jumpOf(number);
    return distance == jumpOf(number - distance) ? jump(jump(step)) : step;
  }

  /** How many steps further down a step jumps, of its number, counted from 0 at the oldest. */
  private static int jumpOf(int step) {
    int left = step;
    int distance = 0;
    while (left > 0) {
      distance = Integer.highestOneBit(left + 1) - 1;
      left -= distance;
    }
    return distance;
  }

  /** Where a version jumps to; the oldest one to itself. */
  int jump(int version) {
    long address = arena.address(version);
    return Memory.getInt(address + 8) == NO_VERSION ? version : Memory.getInt(address + 16);
  }

  private int depth(int version) {
    long address = arena.address(version);
    return Memory.getInt(address + 8) == NO_VERSION ? 0 : Memory.getInt(address + 20);
  }

  /** The newest version of a key that is no newer than {@code sequence}; 0 if there is none. */
  int versionAt(int key, long sequence) {
    int version = Memory.getIntAcquire(arena.address(key));
    while (sequence(version) > sequence) {
      int older = older(version);
      if (older == NO_VERSION) {
        return NO_VERSION;
      }
      int jump = Memory.getInt(arena.address(version) + 16);
      version = sequence(jump) > sequence ? jump : older;
    }
    return version;
  }

  /** A key's newest version. */
  int newest(int key) {
    return Memory.getIntAcquire(arena.address(key));
  }

  /** Reads a byte of a version's value, if it has so many, and returns what means nothing. */
  long touch(int version, int place) {
    long address = arena.address(version);
    return place < Memory.getInt(address + 12) ? Memory.getByte(valueAt(address) + place) : 0;
  }

  /** Reads a byte of each of the first lines of a version, and returns what means nothing. */
  long touch(int version) {
    long address = arena.address(version);
    int length = Memory.getInt(address + 12);
    long read = 0;
    for (int at = LINE; at < Math.min(length, WARMED_BYTES); at += LINE) {
      read += Memory.getInt(address + at);
    }
    return read + length;
  }

  int keyLength(int key) {
    return Memory.getInt(arena.address(key) + 4);
  }

  /** The address of a key's first byte. */
  long keyAddress(int key) {
    return arena.address(key) + KEY_HEADER;
  }

  boolean keyEquals(int key, byte[] array, int offset, int length) {
    long address = arena.address(key);
    return Memory.getInt(address + 4) == length
        && Memory.equal(address + KEY_HEADER, array, offset, length);
  }

  int compareKey(int key, byte[] array, int offset, int length) {
    long address = arena.address(key);
    return Memory.compare(address + KEY_HEADER, Memory.getInt(address + 4), array, offset, length);
  }

  /** Compares two keys that agree in their first {@code agreed} bytes. */
  int compareKeys(int left, int right, int agreed) {
    long l = arena.address(left);
    long r = arena.address(right);
    return Memory.compare(
        l + KEY_HEADER, Memory.getInt(l + 4), r + KEY_HEADER, Memory.getInt(r + 4), agreed);
  }

  long sequence(int version) {
    return sequenceOf(Memory.getLong(arena.address(version)));
  }

  /** The sequence number of the version whose first eight bytes these are; the last is its kind. */
  static long sequenceOf(long head) {
    return head >>> 8;
  }

  byte kind(int version) {
    return (byte) Memory.getLong(arena.address(version));
  }

  int older(int version) {
    return Memory.getInt(arena.address(version) + 8);
  }

  /** The address of a version's value. */
  long valueAddress(int version) {
    return valueAt(arena.address(version));
  }

  /** The address of the value of the version at an address. */
  static long valueAt(long address) {
    return address
        + (Memory.getInt(address + 8) == NO_VERSION ? FIRST_VERSION_HEADER : LATER_VERSION_HEADER);
  }

  int valueLength(int version) {
    return valueLengthAt(arena.address(version));
  }

  /** The length of the value of the version at an address. */
  static int valueLengthAt(long address) {
    return Memory.getInt(address + 12);
  }
}
