package dev.varve.storage.memtable;

/**
 * Walks the keys of some spaces of a memtable, one after another. A space is sorted when the walk
 * comes to it; of keys that are added to it until then some are met. Used by one thread.
 */
final class KeyWalk {
  private final Records records;
  private final KeySpaces spaces;
  private final int first;
  private final int last;
  private final byte[] upper;

  /** The space that {@link #walk} goes over; none if that is null. */
  private int space;

  private RunWalk walk;
  private int key;
  private boolean mayWait = true;
  private boolean needsTime;

  /**
   * Goes no farther than from the space of {@code lower} on, and comes to no key from {@code upper}
   * on; null is no bound.
   */
  KeyWalk(Records records, KeySpaces spaces, byte[] lower, byte[] upper) {
    this.records = records;
    this.spaces = spaces;
    this.upper = upper;
    first = KeySpaces.firstOf(lower);
    last = KeySpaces.lastOf(upper);
  }

  /** Whether it walks over no more than one space: then no {@link #next} needs time. */
  boolean isOverOneSpace() {
    return first == last;
  }

  /** The current key's record; 0 when the walk stands before the first or after the last. */
  int key() {
    return key;
  }

  /** Whether moves may sort any number of keys from now on; a new walk's may. */
  void mayWait(boolean allowed) {
    mayWait = allowed;
  }

  /**
   * Whether the last move ended because more than {@link KeyOrder#QUICK_SORT} keys are to be
   * sorted, and it may not wait for that. Then there is no key, and only a seek may follow.
   */
  boolean needsTime() {
    return needsTime;
  }

  void seekToFirst() {
    enter(spaces.atOrBehind(first));
    beginForward();
  }

  void seekToLast() {
    if (upper != null) {
      seekBefore(upper, 0, upper.length);
      return;
    }
    enter(spaces.atOrBefore(last));
    beginBackward();
  }

  /** Moves to the first key at or after the given one. */
  void seek(byte[] target, int offset, int length) {
    int wanted = KeySpaces.of(target, offset, length);
    enter(spaces.atOrBehind(Math.max(first, wanted)));
    if (space != wanted || walk == null) {
      beginForward();
      return;
    }
    walk.seek(target, offset, length);
    key = walk.key();
    skipForward();
  }

  /** Moves to the last key before the given one. */
  void seekBefore(byte[] target, int offset, int length) {
    int wanted = KeySpaces.of(target, offset, length);
    enter(spaces.atOrBefore(Math.min(last, wanted)));
    if (space != wanted || walk == null) {
      beginBackward();
      return;
    }
    walk.seekBefore(target, offset, length);
    key = walk.key();
    skipBackward();
  }

  void next() {
    walk.next();
    key = walk.key();
    if (key == 0) {
      skipForward();
    }
  }

  /** Moves to the greatest key that is less than the current one. */
  void previous() {
    walk.previous();
    key = walk.key();
    if (key == 0) {
      skipBackward();
    }
  }

  /** Before moves forward: see {@link RunWalk#warmAhead}. */
  void warmAhead() {
    if (walk != null) {
      walk.warmAhead();
    }
  }

  private void beginForward() {
    if (walk != null) {
      walk.seekToFirst();
    }
    key = walk == null ? 0 : walk.key();
    skipForward();
  }

  private void beginBackward() {
    if (walk != null) {
      walk.seekToLast();
    }
    key = walk == null ? 0 : walk.key();
    skipBackward();
  }

  private void skipForward() {
    while (key == 0 && walk != null) {
      enter(spaces.atOrBehind(space + 1));
      if (walk != null) {
        walk.seekToFirst();
        key = walk.key();
      }
    }
  }

  private void skipBackward() {
    while (key == 0 && walk != null) {
      enter(spaces.atOrBefore(space - 1));
      if (walk != null) {
        walk.seekToLast();
        key = walk.key();
      }
    }
  }

  /** Comes to a space, or to none. */
  private void enter(int next) {
    needsTime = false;
    if (next < first || next > last) {
      walk = null;
    } else if (walk == null || next != space) {
      walk = walkOver(spaces.order(next));
    }
    space = next;
  }

  private RunWalk walkOver(KeyOrder order) {
    needsTime = !mayWait && order.unsorted() > KeyOrder.QUICK_SORT;
    return needsTime ? null : new RunWalk(records, order.runs(), upper);
  }
}
