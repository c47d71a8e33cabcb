package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import java.util.Arrays;

/**
 * The way through a time index, which is a queue: new entries come somewhere after, those that are
 * due are taken from the front, and what they leave there are tombstones, which a walk from the
 * front would pass again and again. So the sweep keeps a <i>mark</i>: nothing live lies before it.
 * Each search begins at the mark and moves it on, past all that it has found and all that it has
 * seen to be empty; a deadline that is given to a key and lies before it moves it back.
 *
 * <p>A search goes by what is published, while deadlines are heard of when they are appended. One
 * that is not published yet moves the mark back only when a search can see its entry.
 *
 * <p>After what is due a search looks a little ahead for the next deadline, and further each time
 * in vain, rather than all the way: keys whose deadline is moved on again and again leave
 * tombstones in the future, and a short deadline that moves the mark back should not have all of
 * them walked over.
 *
 * <p>Which index it is, and by which clock its entries are due, is the caller's. Owned by the
 * storage thread, but for {@link Search#run}.
 */
public final class ExpirySweep {
  /** Entries that a search finds at most: about a thousand stay in the processor's caches. */
  public static final int MOST_FOUND = 1024;

  /** A search ends with the entry that brings its keys to so many bytes. */
  static final int MOST_BYTES = 256 << 10;

  private static final long NONE = Long.MAX_VALUE;
  private static final long FIRST_LOOK_AHEAD = 100;
  private static final long FURTHEST_LOOK_AHEAD = 1L << 40;

  private final TimeIndex index;

  /** Begins every entry that may be live, but for those of the deadlines below. */
  private byte[] mark;

  /** The earliest deadline that was heard of after {@link #waiting}. */
  private long heard = NONE;

  /** The earliest deadline given by writes that may not be published, but for {@link #heard}. */
  private long waiting = NONE;

  /** They are, once this is. */
  private long waitingSequence;

  private long lookAhead = FIRST_LOOK_AHEAD;

  /** Makes the sweep of an index, from its front. */
  public ExpirySweep(TimeIndex index) {
    this.index = index;
    this.mark = index.position(0);
  }

  /** Takes in what deadlines keys were given through a keyspace. */
  public void hearOf(Keyspace writing) {
    hear(writing.takeEarliest(index));
  }

  /** Takes in that keys were given deadlines of which this is the earliest. */
  void hear(long deadline) {
    heard = Math.min(heard, deadline);
  }

  /** Returns a time before which nothing is due. */
  public long nextDeadline() {
    return Math.min(TimeIndex.millisOf(mark), Math.min(heard, waiting));
  }

  /**
   * Begins a search for what is due: it is to be run where the disk may be read, over a view that
   * is opened then, and {@link #take} is to be told of what it found.
   *
   * @param appended the sequence number of the last write that was heard of
   * @param published the sequence number up to which such a view sees everything
   * @param now what is due by now
   */
  public Search search(long appended, long published, long now) {
    if (published >= waitingSequence) {
      moveBack(waiting);
      waiting = heard;
      waitingSequence = appended;
      heard = NONE;
    }
    return new Search(index, mark, now, lookAhead);
  }

  private void moveBack(long deadline) {
    if (deadline <= TimeIndex.millisOf(mark)) {
      mark = index.position(deadline);
      lookAhead = FIRST_LOOK_AHEAD;
    }
  }

  /** Moves on past what a search has found; from here on it is the caller's to have it removed. */
  public void take(DueKeys found) {
    mark = found.next();
    boolean inVain = found.size() == 0 && found.isComplete();
    lookAhead = inVain ? Math.min(2 * lookAhead, FURTHEST_LOOK_AHEAD) : FIRST_LOOK_AHEAD;
  }

  /** What was found, and all after it, has not been removed: it is searched for again. */
  public void giveBack(DueKeys found) {
    byte[] from = found.search().from;
    if (Arrays.compareUnsigned(from, mark) < 0) {
      mark = from;
    }
  }

  /** A search on its way. */
  public static final class Search {
    private final TimeIndex index;
    private final byte[] from;
    private final long now;
    private final long lookAhead;

    private Search(TimeIndex index, byte[] from, long now, long lookAhead) {
      this.index = index;
      this.from = from;
      this.now = now;
      this.lookAhead = lookAhead;
    }

    TimeIndex index() {
      return index;
    }

    /**
     * Finds entries that are due, oldest first. Where keys themselves are due, it looks them up.
     * Reads the disk.
     *
     * @return at most {@link #MOST_FOUND}
     */
    public DueKeys run(ReadView view) {
      DueKeys found = new DueKeys(this);
      // The mark may lie behind what is due: what moves it back may not be published yet.
      long end =
          Math.min(Math.max(now, TimeIndex.millisOf(from)), Long.MAX_VALUE - lookAhead) + lookAhead;
      try (Cursor cursor = view.cursor(from, index.position(end))) {
        cursor.seekToFirst();
        while (cursor.isValid()
            && TimeIndex.millisOf(cursor.key()) <= now
            && found.size() < MOST_FOUND
            && found.bytes() < MOST_BYTES) {
          found.add(cursor.key(), cursor.keyLength());
          cursor.next();
        }
        byte[] next =
            cursor.isValid()
                ? Arrays.copyOf(cursor.key(), cursor.keyLength())
                : index.position(end);
        found.end(next, TimeIndex.millisOf(next) > now);
      }
      if (index == TimeIndex.KEYS || index == TimeIndex.KEYS_BY_DATE) {
        found.lookUp(view);
      }
      return found;
    }
  }
}
