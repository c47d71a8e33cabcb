package dev.varve.storage.sstable;

import dev.varve.storage.StorageException.Corruption;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.cache.Block;
import java.util.Arrays;

/** Checks a table from the first entry to the last. Used once. */
final class TableVerifier {
  private final BlockFile file;
  private final TableIndex index;
  private final TableFilter filter;
  private final TableProperties properties;
  private final DataBlockCursor entries = new DataBlockCursor();

  private byte[] lastKey = new byte[0];
  private long lastSequence;
  private long count;
  private long puts;
  private long blind;
  private long distinctKeys;

  TableVerifier(BlockFile file, TableIndex index, TableFilter filter, TableProperties properties) {
    this.file = file;
    this.index = index;
    this.filter = filter;
    this.properties = properties;
  }

  void verify() {
    try (ReadAhead blocks = new ReadAhead(file, index, null)) {
      for (int ordinal = 0; ordinal < index.blocks(); ordinal++) {
        Block block = blocks.read(ordinal);
        try {
          entries.open(block.memory());
          for (boolean valid = entries.first(); valid; valid = entries.next()) {
            checkEntry(ordinal);
          }
        } finally {
          block.unpin();
        }
      }
    }
    boolean agree =
        count == properties.entries()
            && puts == properties.puts()
            && count - puts == properties.tombstones()
            && blind == properties.blindEntries()
            && distinctKeys == properties.distinctKeys()
            && Arrays.equals(lastKey, properties.largestKey());
    check(agree, index.blocks(), "entries as the properties say");
  }

  private void checkEntry(int ordinal) {
    byte[] key = Arrays.copyOf(entries.key(), entries.keyLength());
    int order = count == 0 ? 1 : Arrays.compareUnsigned(key, lastKey);
    boolean sameKey = order == 0;
    check(order > 0 || (sameKey && entries.sequence() < lastSequence), ordinal, "keys in order");
    int indexed = index.find(key, 0, key.length);
    check(indexed == ordinal || (sameKey && indexed < ordinal), ordinal, "keys as indexed");
    check(filter.mayContain(KeyHash.hash(key, 0, key.length)), ordinal, "keys that the filter has");
    if (count == 0) {
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
    lastKey = key;
    lastSequence = entries.sequence();
  }

  private void check(boolean holds, int ordinal, String expected) {
    if (!holds) {
      throw new Corruption(file.name(), index.offset(ordinal), expected);
    }
  }
}
