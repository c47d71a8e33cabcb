package dev.varve.storage.sstable;

import dev.varve.storage.base.Varint;
import dev.varve.storage.block.BlockHandle;
import dev.varve.storage.cache.Block;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Which data block holds a key. The section is
 *
 * <pre>
 * index  := block* | group* | block count:u32
 * block  := shared:varint | unshared:varint | size in the file:varint | separator suffix
 * group  := position of its first block in this section:u32 | that block's offset in the file:u64
 * </pre>
 *
 * <p>A block's separator is a key not less than any of its keys and not greater than any key after
 * it; it is equal to one after it only when a key's versions go on from one block to the next. Each
 * {@link #GROUP} blocks make a group; the first separator of a group is there in full ({@code
 * shared} is 0), the others share exactly {@code shared} bytes with the one before.
 *
 * <p>In memory there is beside the section one word for each group: the eight bytes of its first
 * separator after what all separators begin with. A lookup searches the words, which are few and
 * side by side, and walks over one group. Immutable, over memory that is its table's, or of a block
 * that is pinned.
 */
final class TableIndex {
  /** Blocks in a group. Part of the format. */
  static final int GROUP = 8;

  static final int GROUP_BYTES = Integer.BYTES + Long.BYTES;

  private static final int MORE_THAN_ONE_BYTE_EACH = 0x8080;

  private final MemorySegment section;
  private final long groupsAt;
  private final int blocks;
  private final int groups;
  private final byte[] commonPrefix;
  private final MemorySegment words;
  private final long dataEnd;

  /** Null if the memory is the table's. */
  private final Block block;

  private TableIndex(
      MemorySegment section,
      long groupsAt,
      int blocks,
      int groups,
      byte[] commonPrefix,
      MemorySegment words,
      long dataEnd,
      Block block) {
    this.section = section;
    this.groupsAt = groupsAt;
    this.blocks = blocks;
    this.groups = groups;
    this.commonPrefix = commonPrefix;
    this.words = words;
    this.dataEnd = dataEnd;
    this.block = block;
  }

  /** Bytes of memory for the words beside a section of so many bytes, at most. */
  static long wordBytes(MemorySegment section) {
    return (long) Long.BYTES * groups(blockCount(section));
  }

  private static int blockCount(MemorySegment section) {
    return section.get(DataBlock.INT, section.byteSize() - Integer.BYTES);
  }

  private static int groups(int blocks) {
    return (int) ((blocks + (GROUP - 1L)) / GROUP);
  }

  /** Whether the section can have as many blocks as it says. */
  static boolean isPlausible(MemorySegment section) {
    long size = section.byteSize() - Integer.BYTES;
    if (size < 0) {
      return false;
    }
    int blocks = blockCount(section);
    return blocks >= 0 && 3L * blocks + (long) GROUP_BYTES * groups(blocks) <= size;
  }

  /**
   * Checks a plausible section from end to end and makes it ready.
   *
   * @param dataEnd where the data blocks end in the file
   * @param words memory of {@link #wordBytes} bytes to keep
   * @return null if the section is malformed
   */
  static TableIndex of(MemorySegment section, long dataEnd, MemorySegment words) {
    int blocks = blockCount(section);
    int groups = groups(blocks);
    long groupsAt = section.byteSize() - Integer.BYTES - (long) GROUP_BYTES * groups;
    TableIndex index =
        new TableIndex(section, groupsAt, blocks, groups, new byte[0], words, dataEnd, null);
    try {
      byte[] last = index.walk();
      if (last == null) {
        return null;
      }
      byte[] prefix = index.prefixOfAll(last);
      TableIndex ready =
          new TableIndex(section, groupsAt, blocks, groups, prefix, words, dataEnd, null);
      ready.fillWords();
      return ready;
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      return null;
    }
  }

  /**
   * Follows all entries; the last separator, or null if lengths, offsets or groups don't meet. On a
   * copy on the heap: large databases are opened by code that isn't compiled yet, and then an
   * access to other memory takes many times as long.
   */
  private byte[] walk() {
    byte[] entries = section.asSlice(0, groupsAt).toArray(ValueLayout.JAVA_BYTE);
    byte[] separator = new byte[64];
    int length = 0;
    int position = 0;
    long offset = 0;
    for (int i = 0; i < blocks; i++) {
      boolean leads = i % GROUP == 0;
      if (leads && (groupPosition(i / GROUP) != position || groupOffset(i / GROUP) != offset)) {
        return null;
      }
      long shared = Varint.get(entries, position);
      position += Varint.length(shared);
      long unshared = Varint.get(entries, position);
      position += Varint.length(unshared);
      long size = Varint.get(entries, position);
      position += Varint.length(size);
      boolean sharesRightly = leads ? shared == 0 : shared >= 0 && shared <= length;
      if (!sharesRightly || unshared < 0 || unshared > entries.length - position) {
        return null;
      }
      if (size < BlockHandle.TRAILER_BYTES || size > dataEnd - offset) {
        return null;
      }
      length = (int) (shared + unshared);
      if (length > separator.length) {
        separator = Arrays.copyOf(separator, Math.max(length, 2 * separator.length));
      }
      System.arraycopy(entries, position, separator, (int) shared, (int) unshared);
      position += (int) unshared;
      offset += size;
    }
    return position == entries.length && offset == dataEnd
        ? Arrays.copyOf(separator, length)
        : null;
  }

  private byte[] prefixOfAll(byte[] last) {
    if (blocks == 0) {
      return last;
    }
    int firstLength = (int) Varint.get(section, 1);
    int comparable = Math.min(firstLength, last.length);
    int common = KeyBytes.commonPrefix(last, 0, section, leaderKey(0, firstLength), comparable);
    return Arrays.copyOf(last, common);
  }

  /** Where a group's first separator begins, its length being {@code length}. */
  private long leaderKey(int group, int length) {
    long at = groupPosition(group) + 1L + Varint.length(length);
    return at + Varint.length(Varint.get(section, at));
  }

  /**
   * This index in another place.
   *
   * @param other has the section from its beginning on, and the words at its end
   */
  TableIndex in(Block other) {
    MemorySegment memory = other.memory();
    return new TableIndex(
        memory.asSlice(0, section.byteSize()),
        groupsAt,
        blocks,
        groups,
        commonPrefix,
        memory.asSlice(memory.byteSize() - wordBytes()),
        dataEnd,
        other);
  }

  boolean isIn(Block other) {
    return other.equals(block);
  }

  /** The caller, for whom the block is pinned if it is in one, doesn't use it any more. */
  void release() {
    if (block != null) {
      block.unpin();
    }
  }

  /** Bytes of the words. */
  long wordBytes() {
    return words.byteSize();
  }

  /** Makes the words from the section. */
  void fillWords() {
    byte[] beginning = new byte[Long.BYTES];
    for (int group = 0; group < groups; group++) {
      int length = (int) Varint.get(section, groupPosition(group) + 1L);
      int taken = Math.clamp(length - commonPrefix.length, 0, Long.BYTES);
      long from = leaderKey(group, length) + commonPrefix.length;
      MemorySegment.copy(section, ValueLayout.JAVA_BYTE, from, beginning, 0, taken);
      words.setAtIndex(
          ValueLayout.JAVA_LONG_UNALIGNED, group, KeyBytes.prefixWord(beginning, 0, taken));
    }
  }

  private int groupPosition(int group) {
    return section.get(DataBlock.INT, groupsAt + (long) GROUP_BYTES * group);
  }

  private long groupOffset(int group) {
    return section.get(DataBlock.LONG, groupsAt + (long) GROUP_BYTES * group + Integer.BYTES);
  }

  int blocks() {
    return blocks;
  }

  /** Where a block begins in the file; for {@link #blocks()}, where the last one ends. */
  long offset(int block) {
    if (block == blocks) {
      return dataEnd;
    }
    int group = block / GROUP;
    int within = block % GROUP;
    long offset = groupOffset(group);
    long position = groupPosition(group);
    for (int i = 0; i < within; i++) {
      position += Varint.length(Varint.get(section, position));
      long unshared = Varint.get(section, position);
      position += Varint.length(unshared);
      long size = Varint.get(section, position);
      position += Varint.length(size) + unshared;
      offset += size;
    }
    return offset;
  }

  /** The separator of a block. */
  byte[] separator(int block) {
    byte[] separator = {};
    long position = groupPosition(block / GROUP);
    for (int i = block % GROUP; i >= 0; i--) {
      int shared = (int) Varint.get(section, position);
      position += Varint.length(shared);
      int unshared = (int) Varint.get(section, position);
      position += Varint.length(unshared);
      position += Varint.length(Varint.get(section, position));
      byte[] next = Arrays.copyOf(separator, shared + unshared);
      MemorySegment.copy(section, ValueLayout.JAVA_BYTE, position, next, shared, unshared);
      separator = next;
      position += unshared;
    }
    return separator;
  }

  /**
   * The first block whose separator is not less than the key: the only one that can hold the key,
   * but for versions of it that go on in the next. {@link #blocks()} if there is none.
   */
  int find(byte[] key, int offset, int length) {
    int prefixLength = commonPrefix.length;
    int comparable = Math.min(prefixLength, length);
    int mismatch = Arrays.mismatch(key, offset, offset + comparable, commonPrefix, 0, comparable);
    if (mismatch >= 0) {
      return (key[offset + mismatch] & 0xFF) < (commonPrefix[mismatch] & 0xFF) ? 0 : blocks;
    }
    if (length < prefixLength) {
      return 0;
    }
    int group = firstGroupNotBefore(key, offset, length);
    return group == 0 ? 0 : findInGroup(group - 1, key, offset, length);
  }

  private int firstGroupNotBefore(byte[] key, int offset, int length) {
    int skipped = commonPrefix.length;
    long word = KeyBytes.prefixWord(key, offset + skipped, length - skipped);
    int low = 0;
    int high = groups;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order =
          Long.compareUnsigned(words.getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, middle), word);
      if (order == 0) {
        order = compareLeader(middle, key, offset, length);
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private int compareLeader(int group, byte[] key, int offset, int length) {
    int leaderLength = (int) Varint.get(section, groupPosition(group) + 1L);
    long at = leaderKey(group, leaderLength);
    int comparable = Math.min(leaderLength, length);
    int common = KeyBytes.commonPrefix(key, offset, section, at, comparable);
    if (common < comparable) {
      int here = section.get(ValueLayout.JAVA_BYTE, at + common) & 0xFF;
      return here - (key[offset + common] & 0xFF);
    }
    return leaderLength - length;
  }

  /** Walks over a group whose first separator is less than the key; see DataBlock.get. */
  private int findInGroup(int group, byte[] key, int offset, int length) {
    int block = group * GROUP;
    int end = Math.min(block + GROUP, blocks);
    long position = groupPosition(group);
    int matched = 0;
    for (; block < end; block++) {
      int shared;
      int unshared;
      int header = section.get(DataBlock.INT, position);
      if ((header & MORE_THAN_ONE_BYTE_EACH) == 0) {
        shared = header & 0x7F;
        unshared = header >>> 8 & 0x7F;
        position += 2;
      } else {
        shared = (int) Varint.get(section, position);
        position += Varint.length(shared);
        unshared = (int) Varint.get(section, position);
        position += Varint.length(unshared);
      }
      position += Varint.length(Varint.get(section, position));
      if (shared < matched) {
        return block;
      }
      if (shared == matched) {
        int comparable = Math.min(unshared, length - matched);
        int common = KeyBytes.commonPrefix(key, offset + matched, section, position, comparable);
        matched += common;
        if (common < comparable) {
          int here = section.get(ValueLayout.JAVA_BYTE, position + common) & 0xFF;
          if (here > (key[offset + matched] & 0xFF)) {
            return block;
          }
        } else if (matched == length) {
          return block;
        }
      }
      position += unshared;
    }
    return block;
  }
}
