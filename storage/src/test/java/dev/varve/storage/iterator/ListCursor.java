package dev.varve.storage.iterator;

import dev.varve.storage.base.EntryKind;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * A cursor over entries in a list. What it showed is overwritten with garbage at every move, as
 * reused memory would be.
 */
public final class ListCursor implements EntryCursor {
  /** One version of a key. */
  public record Entry(byte[] key, long sequence, byte kind, byte[] value) {
    /** By key, then from the newest to the oldest. */
    public static final Comparator<Entry> ORDER =
        Comparator.comparing(Entry::key, Arrays::compareUnsigned)
            .thenComparing(Entry::sequence, Comparator.reverseOrder());

    @Override
    public String toString() {
      return new String(key, java.nio.charset.StandardCharsets.ISO_8859_1)
          + "#"
          + sequence
          + (EntryKind.isPut(kind) ? "=" : "-")
          + (EntryKind.isBlind(kind) ? "?" : "")
          + new String(value, java.nio.charset.StandardCharsets.ISO_8859_1);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Entry entry && toString().equals(entry.toString());
    }

    @Override
    public int hashCode() {
      return toString().hashCode();
    }
  }

  private final List<Entry> entries;

  /** Decides what is on the disk; null if nothing is. */
  private final Random disk;

  private boolean mayRead = true;
  private boolean needsRead;
  private int at = -1;
  private byte[] key = {};
  private byte[] value = {};
  private int steps;

  public ListCursor(Collection<Entry> entries) {
    this(entries, null);
  }

  /** Some moves need a read, as {@code disk} says. */
  ListCursor(Collection<Entry> entries, Random disk) {
    this.entries = entries.stream().sorted(Entry.ORDER).toList();
    this.disk = disk;
  }

  @Override
  public void mayRead(boolean allowed) {
    mayRead = allowed;
  }

  @Override
  public boolean needsRead() {
    return needsRead;
  }

  private void moveTo(int index) {
    Arrays.fill(key, (byte) 0xEE);
    Arrays.fill(value, (byte) 0xEE);
    needsRead = !mayRead && disk != null && disk.nextInt(3) == 0;
    at = needsRead ? -1 : index;
    if (isValid()) {
      key = entries.get(at).key.clone();
      value = entries.get(at).value.clone();
    }
  }

  /** How many steps it has taken, from one entry to the next or the one before. */
  int steps() {
    return steps;
  }

  private void checkValid() {
    if (!isValid()) {
      throw new IllegalStateException("the cursor is not on an entry");
    }
  }

  @Override
  public boolean isValid() {
    return at >= 0 && at < entries.size();
  }

  @Override
  public void seekToFirst() {
    moveTo(0);
  }

  @Override
  public void seekToLast() {
    moveTo(entries.size() - 1);
  }

  @Override
  public void seek(byte[] key, int offset, int length, long sequence) {
    Entry target =
        new Entry(Arrays.copyOfRange(key, offset, offset + length), sequence, (byte) 0, key);
    int index = 0;
    while (index < entries.size() && Entry.ORDER.compare(entries.get(index), target) < 0) {
      index++;
    }
    moveTo(index);
  }

  @Override
  public void seekBefore(byte[] key, int offset, int length) {
    byte[] bound = Arrays.copyOfRange(key, offset, offset + length);
    int index = entries.size() - 1;
    while (index >= 0 && Arrays.compareUnsigned(entries.get(index).key, bound) >= 0) {
      index--;
    }
    moveTo(index);
  }

  @Override
  public void next() {
    checkValid();
    steps++;
    moveTo(at + 1);
  }

  @Override
  public void previous() {
    checkValid();
    steps++;
    moveTo(at - 1);
  }

  @Override
  public byte[] key() {
    checkValid();
    return key;
  }

  @Override
  public int keyLength() {
    checkValid();
    return key.length;
  }

  @Override
  public long sequence() {
    checkValid();
    return entries.get(at).sequence;
  }

  @Override
  public byte kind() {
    checkValid();
    return entries.get(at).kind;
  }

  @Override
  public MemorySegment valueSegment() {
    checkValid();
    return MemorySegment.ofArray(value);
  }

  @Override
  public long valueOffset() {
    return 0;
  }

  @Override
  public int valueLength() {
    checkValid();
    return value.length;
  }

  @Override
  public void close() {
    mayRead = true;
    moveTo(-1);
  }
}
