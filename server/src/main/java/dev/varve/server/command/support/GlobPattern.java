package dev.varve.server.command.support;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A pattern of Redis's kind: {@code *}, {@code ?}, {@code [abc]}, {@code [^a-c]}, and {@code \} in
 * front of what stands for itself. It matches what Redis lets it match, oddities included: a class
 * that isn't closed ends with the pattern, ranges compare bytes as signed, only the empty pattern
 * matches the empty string, and with more than {@value #MOST_STARS} stars it matches nothing that
 * gets so far. Immutable.
 */
public final class GlobPattern {
  /** Those at the end don't count, and several in a row are one. */
  private static final int MOST_STARS = 1000;

  private final byte[] pattern;
  private final boolean ignoreCase;

  /** Makes a pattern. */
  public GlobPattern(byte[] pattern, boolean ignoreCase) {
    this.pattern = pattern.clone();
    this.ignoreCase = ignoreCase;
  }

  /** Returns whether it matches everything for being a single {@code *}. */
  public boolean matchesAll() {
    return pattern.length == 1 && pattern[0] == '*';
  }

  /** Returns what every string that matches begins with. */
  public byte[] literalPrefix() {
    int end = 0;
    while (end < pattern.length && "*?[\\".indexOf(pattern[end]) < 0) {
      end++;
    }
    return Arrays.copyOf(pattern, end);
  }

  /** Returns whether it matches a text of one byte for each char. */
  public boolean matches(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return matches(bytes, 0, bytes.length);
  }

  /** Returns whether it matches. */
  public boolean matches(byte[] text, int offset, int length) {
    if (length == 0) {
      return pattern.length == 0;
    }
    int end = offset + length;
    int at = offset;
    int inPattern = 0;
    int afterStar = -1;
    int starredUpTo = 0;
    int stars = 0;
    // After a mismatch, the last star takes one byte more: an earlier one needn't be tried again.
    while (at < end) {
      int next = inPattern < pattern.length ? step(inPattern, text[at]) : MISMATCH;
      if (inPattern < pattern.length && pattern[inPattern] == '*') {
        inPattern = behindStars(inPattern);
        if (inPattern == pattern.length) {
          return true;
        }
        if (++stars > MOST_STARS) {
          return false;
        }
        afterStar = inPattern;
        starredUpTo = at;
      } else if (next != MISMATCH) {
        inPattern = next;
        at++;
      } else if (afterStar >= 0) {
        inPattern = afterStar;
        at = ++starredUpTo;
      } else {
        return false;
      }
    }
    return behindStars(inPattern) == pattern.length;
  }

  private int behindStars(int from) {
    int at = from;
    while (at < pattern.length && pattern[at] == '*') {
      at++;
    }
    return at;
  }

  private static final int MISMATCH = -1;

  /** Where the pattern goes on after its part at {@code from} matched {@code next}. */
  private int step(int from, byte next) {
    return switch (pattern[from]) {
      case '?' -> from + 1;
      case '[' -> stepClass(from + 1, next);
      case '\\' -> {
        int literal = from + 1 < pattern.length ? from + 1 : from;
        yield folded(pattern[literal]) == folded(next) ? literal + 1 : MISMATCH;
      }
      default -> folded(pattern[from]) == folded(next) ? from + 1 : MISMATCH;
    };
  }

  private int stepClass(int from, byte next) {
    int at = from;
    boolean negated = at < pattern.length && pattern[at] == '^';
    if (negated) {
      at++;
    }
    boolean in = false;
    while (at < pattern.length && pattern[at] != ']') {
      if (pattern[at] == '\\' && at + 1 < pattern.length) {
        at++;
        in |= pattern[at] == next;
      } else if (at + 2 < pattern.length && pattern[at + 1] == '-') {
        in |= isInRange(pattern[at], pattern[at + 2], next);
        at += 2;
      } else {
        in |= folded(pattern[at]) == folded(next);
      }
      at++;
    }
    if (in == negated) {
      return MISMATCH;
    }
    return Math.min(at + 1, pattern.length);
  }

  private boolean isInRange(byte one, byte other, byte next) {
    byte from = folded((byte) Math.min(one, other));
    byte to = folded((byte) Math.max(one, other));
    return folded(next) >= from && folded(next) <= to;
  }

  private byte folded(byte letter) {
    return ignoreCase && letter >= 'A' && letter <= 'Z' ? (byte) (letter + ('a' - 'A')) : letter;
  }
}
