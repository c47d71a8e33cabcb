package dev.varve.benchmarks.memtable;

import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.memtable.Memtable;
import dev.varve.storage.memtable.SlabPool;
import java.lang.foreign.ValueLayout;

/** The engine's own memtable. */
final class HashMemtable implements Candidate {
  private final Memtable memtable;
  private final ThreadLocal<EntryReference> reference =
      ThreadLocal.withInitial(EntryReference::new);

  HashMemtable(SlabPool pool) {
    memtable = new Memtable(pool, 0x5DEECE66DL);
  }

  @Override
  public void put(long sequence, byte[] bytes, int keyLength) {
    memtable.add(EntryKind.PUT, sequence, bytes, 0, keyLength, keyLength, bytes.length - keyLength);
  }

  @Override
  public long get(byte[] key) {
    EntryReference out = reference.get();
    if (memtable.get(key, 0, key.length, Long.MAX_VALUE, out) != EntryReference.FOUND) {
      return -1;
    }
    long value = out.valueSegment().get(ValueLayout.JAVA_BYTE, out.valueOffset());
    out.release();
    return value;
  }

  @Override
  public long walk(byte[] from, int limit) {
    long walked = 0;
    try (EntryCursor cursor = memtable.cursor(Long.MAX_VALUE)) {
      if (from == null) {
        cursor.seekToFirst();
      } else {
        cursor.seek(from, 0, from.length, Long.MAX_VALUE);
      }
      for (; cursor.isValid() && walked < limit; cursor.next()) {
        walked++;
      }
    }
    return walked;
  }

  @Override
  public long bytes() {
    return memtable.memoryBytes();
  }

  @Override
  public void close() {
    memtable.release();
  }
}
