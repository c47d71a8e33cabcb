package dev.varve.storage.memtable;

import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.EntryKind;

/**
 * The ranges of keys that a memtable's writes have abandoned: a key is where one begins, a value
 * where it ends. Readers of the memtable never ask for them. The writer's, and once it is frozen
 * others'.
 */
final class Abandons {
  private final Records records;
  private final HashIndex index;
  private final KeySpaces keys;
  private byte[] bytes = new byte[64];

  Abandons(RecordArena arena, Records records, long hashSeed) {
    this.records = records;
    index = new HashIndex(arena, records, hashSeed);
    keys = new KeySpaces(arena, records);
  }

  /** Adds one of a greater sequence number than all before. */
  void add(byte[] begin, byte[] end, long sequence) {
    int length = begin.length + end.length;
    if (bytes.length < length) {
      bytes = new byte[2 * length];
    }
    System.arraycopy(begin, 0, bytes, 0, begin.length);
    System.arraycopy(end, 0, bytes, begin.length, end.length);
    int hash = index.hash(bytes, 0, begin.length);
    int key = index.find(hash, bytes, 0, begin.length);
    if (key == 0) {
      key =
          records.addKey(EntryKind.PUT, sequence, bytes, 0, begin.length, begin.length, end.length);
      index.insert(hash, key);
      keys.add(KeySpaces.of(bytes, 0, begin.length), key);
    } else {
      records.addVersion(key, EntryKind.PUT, sequence, bytes, begin.length, end.length);
    }
  }

  long heapBytes() {
    return index.heapBytes() + keys.heapBytes();
  }

  /** All that is still said. */
  AbandonedRanges ranges() {
    AbandonedRanges.Builder builder = new AbandonedRanges.Builder();
    KeyWalk walk = new KeyWalk(records, keys, null, null);
    for (walk.seekToFirst(); walk.key() != 0; walk.next()) {
      byte[] begin = new byte[records.keyLength(walk.key())];
      Memory.copyOut(records.keyAddress(walk.key()), begin.length, begin);
      // A later one with the same begin takes an earlier one's place, unless it is shorter.
      for (int version = records.newest(walk.key());
          version != 0;
          version = records.older(version)) {
        byte[] end = new byte[records.valueLength(version)];
        Memory.copyOut(records.valueAddress(version), end.length, end);
        builder.add(new AbandonedRanges.Range(begin, end, records.sequence(version), 0));
      }
    }
    return builder.build();
  }
}
