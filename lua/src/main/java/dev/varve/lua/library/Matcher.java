package dev.varve.lua.library;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import java.util.Arrays;

/** Lua's patterns, matched against one subject by trying and going back; each try is a step. */
final class Matcher {
  private static final int MAX_CAPTURES = 32;
  private static final int MAX_DEPTH = 4_000;
  private static final int UNFINISHED = -1;
  private static final int POSITION = -2;
  private static final int NO = -1;

  private final Interpreter lua;
  private final byte[] s;
  private final byte[] p;
  private final int[] starts = new int[MAX_CAPTURES];
  private final int[] lengths = new int[MAX_CAPTURES];
  private int level;
  private int depth;

  Matcher(Interpreter lua, LuaString subject, LuaString pattern) {
    this.lua = lua;
    s = subject.bytes();
    p = pattern.bytes();
  }

  /** Whether the pattern holds at the subject's beginning only. */
  boolean anchored() {
    return p.length > 0 && p[0] == '^';
  }

  /** Where a match that begins at a place ends; -1 if there is none. */
  int match(int from) {
    level = 0;
    depth = 0;
    return match(from, anchored() ? 1 : 0);
  }

  /** As {@link #match(int)}, but {@code ^} matches itself. */
  int matchUnanchored(int from) {
    level = 0;
    depth = 0;
    return match(from, 0);
  }

  int captureCount() {
    return level;
  }

  private int match(int subject, int pattern) {
    if (++depth > MAX_DEPTH) {
      throw lua.error("pattern too complex");
    }
    int r = walk(subject, pattern);
    depth--;
    return r;
  }

  private int walk(int subject, int pattern) {
    int si = subject;
    int pi = pattern;
    while (true) {
      lua.step();
      if (pi == p.length) {
        return si;
      }
      switch (p[pi]) {
        case '(' -> {
          boolean position = pi + 1 < p.length && p[pi + 1] == ')';
          return startCapture(si, pi + (position ? 2 : 1), position ? POSITION : UNFINISHED);
        }
        case ')' -> {
          return endCapture(si, pi + 1);
        }
        case '%' -> {
          int c = pi + 1 < p.length ? p[pi + 1] : 0;
          if (c == 'b') {
            si = balance(si, pi + 2);
            pi += 4;
          } else if (c == 'f') {
            int end = frontier(si, pi + 2);
            pi = end;
            si = end < 0 ? NO : si;
          } else if (c >= '0' && c <= '9') {
            si = again(si, c);
            pi += 2;
          } else {
            break;
          }
          if (si < 0) {
            return NO;
          }
          continue;
        }
        case '$' -> {
          if (pi + 1 == p.length) {
            return si == s.length ? si : NO;
          }
        }
        default -> {}
      }
      int end = classEnd(pi);
      int suffix = end < p.length ? p[end] : 0;
      switch (suffix) {
        case '?' -> {
          if (single(si, pi, end)) {
            int r = match(si + 1, end + 1);
            if (r >= 0) {
              return r;
            }
          }
          pi = end + 1;
        }
        case '*' -> {
          return longest(si, pi, end, 0);
        }
        case '+' -> {
          return longest(si, pi, end, 1);
        }
        case '-' -> {
          return shortest(si, pi, end);
        }
        default -> {
          if (!single(si, pi, end)) {
            return NO;
          }
          si++;
          pi = end;
        }
      }
    }
  }

  private int longest(int si, int pi, int end, int least) {
    int n = 0;
    while (single(si + n, pi, end)) {
      n++;
    }
    lua.spend(n >> 3);
    for (int i = n; i >= least; i--) {
      int r = match(si + i, end + 1);
      if (r >= 0) {
        return r;
      }
    }
    return NO;
  }

  private int shortest(int si, int pi, int end) {
    for (int i = si; ; i++) {
      int r = match(i, end + 1);
      if (r >= 0) {
        return r;
      }
      if (!single(i, pi, end)) {
        return NO;
      }
    }
  }

  private int startCapture(int si, int pi, int what) {
    if (level >= MAX_CAPTURES) {
      throw lua.error("too many captures");
    }
    starts[level] = si;
    lengths[level] = what;
    level++;
    int r = match(si, pi);
    if (r < 0) {
      level--;
    }
    return r;
  }

  private int endCapture(int si, int pi) {
    int l = level - 1;
    while (l >= 0 && lengths[l] != UNFINISHED) {
      l--;
    }
    if (l < 0) {
      throw lua.error("invalid pattern capture");
    }
    lengths[l] = si - starts[l];
    int r = match(si, pi);
    if (r < 0) {
      lengths[l] = UNFINISHED;
    }
    return r;
  }

  private int balance(int si, int pi) {
    if (pi + 1 >= p.length) {
      throw lua.error("unbalanced pattern");
    }
    if (si >= s.length || s[si] != p[pi]) {
      return NO;
    }
    int open = 1;
    for (int i = si + 1; i < s.length; i++) {
      if (s[i] == p[pi + 1]) {
        if (--open == 0) {
          lua.spend((i - si) >> 3);
          return i + 1;
        }
      } else if (s[i] == p[pi]) {
        open++;
      }
    }
    lua.spend((s.length - si) >> 3);
    return NO;
  }

  /** The end of the frontier's set in the pattern, if it holds. */
  private int frontier(int si, int pi) {
    if (pi >= p.length || p[pi] != '[') {
      throw lua.error("missing '[' after '%f' in pattern");
    }
    int end = classEnd(pi);
    int before = si == 0 ? 0 : s[si - 1] & 255;
    int here = si < s.length ? s[si] & 255 : 0;
    return !inSet(before, pi, end - 1) && inSet(here, pi, end - 1) ? end : NO;
  }

  private int again(int si, int digit) {
    int l = digit - '1';
    if (l < 0 || l >= level || lengths[l] == UNFINISHED) {
      throw lua.error("invalid capture index");
    }
    int n = Math.max(0, lengths[l]);
    boolean same = s.length - si >= n && Arrays.equals(s, starts[l], starts[l] + n, s, si, si + n);
    lua.spend(n >> 5);
    return same ? si + n : NO;
  }

  private int classEnd(int from) {
    int i = from + 1;
    if (p[from] == '%') {
      if (i >= p.length) {
        throw lua.error("malformed pattern (ends with '%')");
      }
      return i + 1;
    }
    if (p[from] == '[') {
      if (i < p.length && p[i] == '^') {
        i++;
      }
      do {
        if (i >= p.length) {
          throw lua.error("malformed pattern (missing ']')");
        }
        if (p[i++] == '%' && i < p.length) {
          i++;
        }
      } while (i >= p.length || p[i] != ']');
      return i + 1;
    }
    return i;
  }

  private boolean single(int si, int pi, int end) {
    if (si >= s.length) {
      return false;
    }
    int c = s[si] & 255;
    return switch (p[pi]) {
      case '.' -> true;
      case '%' -> inClass(c, p[pi + 1] & 255);
      case '[' -> inSet(c, pi, end - 1);
      default -> (p[pi] & 255) == c;
    };
  }

  private boolean inSet(int c, int from, int last) {
    int i = from;
    boolean in = true;
    if (p[i + 1] == '^') {
      in = false;
      i++;
    }
    while (++i < last) {
      if (p[i] == '%') {
        i++;
        if (inClass(c, p[i] & 255)) {
          return in;
        }
      } else if (p[i + 1] == '-' && i + 2 < last) {
        i += 2;
        if ((p[i - 2] & 255) <= c && c <= (p[i] & 255)) {
          return in;
        }
      } else if ((p[i] & 255) == c) {
        return in;
      }
    }
    return !in;
  }

  private static boolean inClass(int c, int name) {
    boolean lower = c >= 'a' && c <= 'z';
    boolean upper = c >= 'A' && c <= 'Z';
    boolean digit = c >= '0' && c <= '9';
    boolean in;
    switch (name | 32) {
      case 'a' -> in = lower || upper;
      case 'c' -> in = c < 32 || c == 127;
      case 'd' -> in = digit;
      case 'l' -> in = lower;
      case 'p' -> in = c > 32 && c < 127 && !lower && !upper && !digit;
      case 's' -> in = c == ' ' || (c >= 9 && c <= 13);
      case 'u' -> in = upper;
      case 'w' -> in = lower || upper || digit;
      case 'x' -> in = digit || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      case 'z' -> in = c == 0;
      default -> {
        return name == c;
      }
    }
    if (name >= 'a' && name <= 'z') {
      return in;
    }
    return (name >= 'A' && name <= 'Z') ? !in : name == c;
  }

  /** A capture by its number from 0; where the pattern has none, the first is the whole match. */
  Object capture(int i, int from, int to) {
    if (i >= level) {
      if (i != 0) {
        throw lua.error("invalid capture index");
      }
      return part(from, to);
    }
    return switch (lengths[i]) {
      case UNFINISHED -> throw lua.error("unfinished capture");
      case POSITION -> (Object) (double) (starts[i] + 1);
      default -> part(starts[i], starts[i] + lengths[i]);
    };
  }

  private LuaString part(int from, int to) {
    return lua.string(Arrays.copyOfRange(s, from, to));
  }

  /** All captures, or the whole match if there are none. */
  Object[] captures(int from, int to) {
    Object[] all = new Object[Math.max(1, level)];
    for (int i = 0; i < all.length; i++) {
      all[i] = capture(i, from, to);
    }
    return all;
  }
}
