package dev.varve.storage.iterator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.RangeTombstoneIndex;
import dev.varve.storage.base.Snapshots;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

final class SurvivorCursorTest {
  private static final int VERSIONS = 1_000_000;
  private static final long MOST_BYTES = 2 << 20;

  /** All of them of one key, from the newest to the oldest. */
  private static final class ManyVersions implements EntryCursor {
    private final byte[] key = {'k'};
    private final MemorySegment value = MemorySegment.ofArray(new byte[8]);
    private long sequence;
    private boolean leavesOlder;
    private int steps;

    @Override
    public void leaveOlder() {
      leavesOlder = true;
    }

    @Override
    public boolean isValid() {
      return sequence > 0;
    }

    @Override
    public void seekToFirst() {
      sequence = VERSIONS;
    }

    @Override
    public void next() {
      sequence = leavesOlder ? 0 : sequence - 1;
      steps++;
    }

    @Override
    public byte[] key() {
      return key;
    }

    @Override
    public int keyLength() {
      return key.length;
    }

    @Override
    public long sequence() {
      return sequence;
    }

    @Override
    public byte kind() {
      return EntryKind.PUT_BLIND;
    }

    @Override
    public MemorySegment valueSegment() {
      return value;
    }

    @Override
    public long valueOffset() {
      return 0;
    }

    @Override
    public int valueLength() {
      return 8;
    }

    @Override
    public void seekToLast() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void seek(byte[] key, int offset, int length, long sequence) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void seekBefore(byte[] key, int offset, int length) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void previous() {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  /** A counter that a script adds to had the heap run out when its memtable was flushed. */
  @Test
  void versionsThatNobodySeesTakeNoMemory() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    CountChanges owed = new CountChanges();
    long before = threads.getCurrentThreadAllocatedBytes();
    try (SurvivorCursor survivors =
        new SurvivorCursor(
            new ManyVersions(),
            RangeTombstoneIndex.EMPTY,
            RangeTombstoneIndex.EMPTY,
            new Snapshots(VERSIONS / 2),
            (key, offset, length) -> 7,
            (key, offset, length) -> false,
            NewerEntries.NONE,
            AbandonedRanges.EMPTY.cover(null),
            false,
            owed)) {
      assertTrue(survivors.next());
      assertEquals(VERSIONS, survivors.sequence());
      assertEquals(EntryKind.PUT, survivors.kind());
      assertTrue(survivors.next());
      assertEquals(VERSIONS / 2, survivors.sequence());
      assertFalse(survivors.next());
    }
    long taken = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(taken < MOST_BYTES, () -> taken + " bytes");
    assertEquals(1, owed.apply(7, 0));
  }

  /** A flush went through all versions of elements, of which it writes one. */
  @Test
  void versionsThatNobodySeesAndThatOweNothingAreLeft() {
    ManyVersions versions = new ManyVersions();
    long seen = VERSIONS - 10;
    try (SurvivorCursor survivors =
        new SurvivorCursor(
            versions,
            RangeTombstoneIndex.EMPTY,
            RangeTombstoneIndex.EMPTY,
            new Snapshots(seen),
            (key, offset, length) -> -1,
            (key, offset, length) -> false,
            NewerEntries.NONE,
            AbandonedRanges.EMPTY.cover(null),
            false,
            new CountChanges())) {
      assertTrue(survivors.next());
      assertEquals(VERSIONS, survivors.sequence());
      assertTrue(survivors.next());
      assertEquals(seen, survivors.sequence());
      assertFalse(survivors.next());
    }
    assertEquals(11, versions.steps);
  }
}
