package dev.varve.storage.engine;

import dev.varve.storage.KeyCount;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.memtable.Memtable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayDeque;

/**
 * Keeps back what appended batches change in live counts until readers see the batches. A part of
 * these changes ends where the log was written, or where a memtable ends, as only there can
 * something be published.
 *
 * <p>The writer changes it. Others may count at any time, without locks: they read again if
 * something was published meanwhile.
 */
final class PublishedCounts {
  /** What a run of batches changed in the counts of one memtable. */
  private static final class Part {
    private final CountChanges changes = new CountChanges();
    private Memtable memtable;
    private int forgets;
    private long sequence;
  }

  private static final int MOST_UNUSED = 64;
  private static final VarHandle STAMP;

  static {
    try {
      STAMP = MethodHandles.lookup().findVarHandle(PublishedCounts.class, "stamp", long.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private final Tree tree;

  /** Odd while something is published. */
  private long stamp;

  /** Up to which all is published; read between two looks at the stamp. */
  private long sequence;

  // The writer's.
  private final ArrayDeque<Part> kept = new ArrayDeque<>();
  private final ArrayDeque<Part> unused = new ArrayDeque<>();
  private Part current = new Part();

  PublishedCounts(Tree tree) {
    this.tree = tree;
  }

  /** Writer: a batch that goes to {@code memtable} changes a count. */
  void add(Memtable memtable, long group, long delta) {
    memtable.counts().add(group, delta);
    current.memtable = memtable;
    current.changes.add(group, delta);
  }

  /** Writer: a batch that goes to {@code memtable} empties a group. */
  void forget(Memtable memtable, long group) {
    memtable.forget(group);
    current.memtable = memtable;
    current.changes.forget(group);
  }

  /** Writer: what was added belongs to batches that end with {@code sequence}. */
  void endPart(long sequence) {
    if (!current.changes.isEmpty()) {
      current.sequence = sequence;
      current.forgets = current.memtable.forgets();
      kept.add(current);
      current = unused.isEmpty() ? new Part() : unused.poll();
    }
  }

  /**
   * Writer: readers see more from now on. Whoever finds that they do before {@link #endPublishing}
   * waits for the counts that go with it.
   */
  void beginPublishing() {
    STAMP.setOpaque(this, stamp + 1);
    VarHandle.storeStoreFence();
  }

  /** Writer: all that ends with {@code visible} or before is what readers see. */
  void endPublishing(long visible) {
    try {
      sequence = visible;
      while (!kept.isEmpty() && kept.peek().sequence <= visible) {
        Part part = kept.poll();
        part.memtable.publish(part.changes, part.forgets);
        part.changes.clear();
        part.memtable = null;
        if (unused.size() < MOST_UNUSED) {
          unused.add(part);
        }
      }
    } finally {
      STAMP.setRelease(this, stamp + 1);
    }
  }

  /** Any thread: the live count of a group whose keys lie between two bounds. */
  KeyCount count(long group, byte[] lower, byte[] upper) {
    while (true) {
      long begun = begin();
      // After that: what is published goes into no memtable that this state hasn't.
      ReadState state = tree.acquire();
      try {
        KeyCount count = state.publishedCount(group, lower, upper, sequence);
        VarHandle.loadLoadFence();
        if ((long) STAMP.getOpaque(this) == begun) {
          return count;
        }
      } finally {
        state.release();
      }
    }
  }

  @SuppressWarnings("ThreadPriorityCheck") // it lets the writer have a core, if it has lost its own
  private long begin() {
    long begun = (long) STAMP.getAcquire(this);
    while ((begun & 1) != 0) {
      // The writer needs no more than some hundred instructions where it runs.
      Thread.yield();
      begun = (long) STAMP.getAcquire(this);
    }
    return begun;
  }
}
