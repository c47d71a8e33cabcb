package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.BlobReference;
import dev.varve.storage.base.BlobUses;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.KeyHash;
import dev.varve.storage.base.RangeTombstones;
import dev.varve.storage.block.BlockFile;
import dev.varve.storage.cache.Block;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Checks a table from the first entry to the last. After a damaged block it goes on with the next;
 * what the properties say of all entries together can't be checked then. Used once.
 */
final class TableVerifier {
  private final BlockFile file;
  private final TableSections sections;
  private final TableFilter filter;
  private final TableIndex index;
  private final TableProperties properties;
  private final LongConsumer progress;
  private final Consumer<Corruption> damaged;
  private final DataBlockCursor entries = new DataBlockCursor();

  private boolean whole = true;
  private byte[] lastKey = new byte[0];
  private long lastSequence;
  private long count;
  private long puts;
  private long blind;
  private long distinctKeys;
  private long keyBytes;
  private long valueBytes;
  private long blockBytes;
  private final BlobUses blobUses = new BlobUses();
  private long smallestSequence = Long.MAX_VALUE;
  private long largestSequence;

  /**
   * Makes the verifier of an open table.
   *
   * @param filter read for this
   * @param progress told of bytes read
   * @param damaged told of each damage; what it throws ends the verification
   */
  TableVerifier(
      BlockFile file,
      TableSections sections,
      TableIndex index,
      TableFilter filter,
      LongConsumer progress,
      Consumer<Corruption> damaged) {
    this.file = file;
    this.sections = sections;
    this.filter = filter;
    this.index = index;
    this.properties = sections.properties();
    this.progress = progress;
    this.damaged = damaged;
  }

  void verify() {
    try (ReadAhead blocks = new ReadAhead(file, index, null)) {
      for (int ordinal = 0; ordinal < index.blocks(); ordinal++) {
        try {
          checkBlock(blocks, ordinal);
        } catch (Corruption e) {
          whole = false;
          damaged.accept(e);
        }
        progress.accept(index.offset(ordinal + 1) - index.offset(ordinal));
      }
    }
    long dataBytes = index.offset(index.blocks());
    if (whole) {
      try {
        checkTotals();
      } catch (Corruption e) {
        damaged.accept(e);
      }
    }
    progress.accept(sections.fileBytes() - dataBytes);
  }

  private void checkBlock(ReadAhead blocks, int ordinal) {
    Block block = blocks.read(ordinal);
    try {
      blockBytes += block.memory().byteSize();
      entries.open(block.memory());
      for (boolean valid = entries.first(); valid; valid = entries.next()) {
        checkEntry(ordinal);
      }
    } finally {
      block.unpin();
    }
  }

  private void checkEntry(int ordinal) {
    byte[] key = Arrays.copyOf(entries.key(), entries.keyLength());
    int order = count == 0 ? 1 : Arrays.compareUnsigned(key, lastKey);
    boolean sameKey = order == 0;
    check(order > 0 || (sameKey && entries.sequence() < lastSequence), ordinal, "keys in order");
    int indexed = index.find(key, 0, key.length);
    check(indexed == ordinal || (sameKey && indexed < ordinal), ordinal, "keys as indexed");
    check(filter.mayContain(KeyHash.hash(key, 0, key.length)), ordinal, "keys that the filter has");
    if (count == 0 && whole) {
      check(Arrays.equals(key, properties.smallestKey()), ordinal, "the smallest key first");
    }
    check(
        entries.sequence() >= properties.smallestSequence()
            && entries.sequence() <= properties.largestSequence(),
        ordinal,
        "sequence numbers within bounds");
    check(
        EntryKind.isPut(entries.kind()) || entries.valueLength() == 0, ordinal, "bare tombstones");
    count++;
    puts += EntryKind.isPut(entries.kind()) ? 1 : 0;
    blind += EntryKind.isBlind(entries.kind()) ? 1 : 0;
    distinctKeys += sameKey ? 0 : 1;
    keyBytes += key.length;
    valueBytes += entries.valueLength();
    if (EntryKind.isApart(entries.kind())) {
      countUse(ordinal);
    }
    countSequence(entries.sequence());
    lastKey = key;
    lastSequence = entries.sequence();
  }

  private void countUse(int ordinal) {
    long blob = BlobReference.blob(entries.block(), entries.valueOffset());
    int bytes = BlobReference.storedBytes(entries.block(), entries.valueOffset());
    check(blob > 0 && bytes > 0, ordinal, "references to blob files");
    blobUses.add(blob, 1, bytes);
  }

  private void countSequence(long sequence) {
    smallestSequence = Math.min(smallestSequence, sequence);
    largestSequence = Math.max(largestSequence, sequence);
  }

  private void checkTotals() {
    RangeTombstones.Pieces pieces = sections.rangeTombstones().pieces();
    while (pieces.next()) {
      countSequence(pieces.sequence(0));
      countSequence(pieces.sequence(pieces.depth() - 1));
    }
    boolean agree =
        count == properties.entries()
            && puts == properties.puts()
            && count - puts == properties.tombstones()
            && blind == properties.blindEntries()
            && distinctKeys == properties.distinctKeys()
            && keyBytes == properties.rawKeyBytes()
            && valueBytes == properties.rawValueBytes()
            && blockBytes == properties.blockBytes()
            && blobUses.toList().equals(properties.blobUses())
            && Arrays.equals(lastKey, properties.largestKey());
    check(agree, index.blocks(), "entries as the properties say");
    boolean anything = count > 0 || !sections.rangeTombstones().isEmpty();
    check(
        (anything ? smallestSequence : 0) == properties.smallestSequence()
            && largestSequence == properties.largestSequence(),
        index.blocks(),
        "sequence numbers up to their bounds");
  }

  private void check(boolean holds, int ordinal, String expected) {
    if (!holds) {
      throw new Corruption(file.name(), index.offset(ordinal), expected);
    }
  }
}
