package dev.varve.lua.runtime;

import java.util.ArrayDeque;

/**
 * The memory that a program may hold. What it makes is charged by an estimate in bytes; when the
 * charges have come to the limit, a walk over all that can be reached measures what is held, and
 * what was dropped is forgiven. So a program may make any amount of garbage. Of one thread, as its
 * interpreter is.
 */
public final class Heap {
  private static final int BYTES_A_TICK = 64;

  private final Interpreter lua;
  private final ArrayDeque<Object> pending = new ArrayDeque<>();
  private long limit = Long.MAX_VALUE;
  private long used;
  private long next = Long.MAX_VALUE;
  private long measured;
  private int epoch;
  private int ids;

  Heap(Interpreter lua) {
    this.lua = lua;
  }

  /** Sets how many bytes may be held from now on; what is held already counts. */
  public void limit(long bytes) {
    limit = bytes;
    next = Math.min(next, bytes);
  }

  /** Charged and not known to be dropped, in bytes. */
  public long used() {
    return used;
  }

  Interpreter interpreter() {
    return lua;
  }

  int nextId() {
    return ++ids;
  }

  /**
   * Charges bytes that are about to be made, and the time to make them.
   *
   * @throws LuaError "not enough memory", if they would be too many
   */
  public void charge(long bytes) {
    lua.spend(bytes / BYTES_A_TICK);
    if ((used += bytes) > next) {
      look(bytes);
    }
  }

  private void look(long asked) {
    long live = asked > limit ? Long.MAX_VALUE / 2 : measure() + asked;
    if (live > limit) {
      used -= asked;
      throw new LuaError("not enough memory");
    }
    used = live;
    // The walk costs what is held, so it is made at most once for each eighth of the limit that is
    // charged.
    next = Math.max(limit, live + limit / 8);
  }

  /** Bytes that can be reached now. */
  public long measure() {
    epoch++;
    measured = 0;
    lua.trace();
    Object o;
    while ((o = pending.poll()) != null) {
      if (o instanceof Reference r) {
        r.trace(this);
      } else if (o instanceof Cell c) {
        count(16);
        reach(c.value);
      }
    }
    return measured;
  }

  /** Counts bytes of what is being walked over. */
  public void count(long bytes) {
    measured += bytes;
  }

  /** Whether it is met for the first time by this walk, by the mark that it had. */
  public boolean first(int mark) {
    return mark != epoch;
  }

  /** The mark of this walk. */
  public int epoch() {
    return epoch;
  }

  /** Goes on to a value. */
  public void reach(Object o) {
    switch (o) {
      case Double d -> measured += 16;
      case LuaString s -> {
        if (s.mark != epoch) {
          s.mark = epoch;
          measured += LuaString.OVERHEAD + s.length();
        }
      }
      case Reference r -> {
        if (r.mark != epoch) {
          r.mark = epoch;
          pending.add(r);
        }
      }
      case Cell c -> {
        if (c.mark != epoch) {
          c.mark = epoch;
          pending.add(c);
        }
      }
      case Object[] waiting -> {
        measured += 16 + 8L * waiting.length;
        reachAll(waiting);
      }
      case null, default -> {}
    }
  }

  public void reachAll(Object[] all) {
    for (Object o : all) {
      reach(o);
    }
  }
}
