package dev.varve.server.command.sort;

import dev.varve.server.command.support.StringReplies;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Where what belongs to an element is found: {@code #} is the element itself, {@code a*b} the
 * string at a key in which the star is replaced by the element, and {@code a*b->field} a hash's
 * field.
 */
final class SortPattern {
  private final boolean isElement;

  /** Null: there is no star, so it leads nowhere. */
  private final byte[] before;

  private byte[] behind = {};

  /** Null: of a string. */
  private byte[] field;

  SortPattern(byte[] pattern) {
    isElement = pattern.length == 1 && pattern[0] == '#';
    int star = star(pattern);
    if (star < 0) {
      before = null;
      return;
    }
    before = Arrays.copyOf(pattern, star);
    int arrow = star + 1;
    while (arrow + 2 < pattern.length && !(pattern[arrow] == '-' && pattern[arrow + 1] == '>')) {
      arrow++;
    }
    boolean hasField = arrow + 2 < pattern.length;
    behind = Arrays.copyOfRange(pattern, star + 1, hasField ? arrow : pattern.length);
    field = hasField ? Arrays.copyOfRange(pattern, arrow + 2, pattern.length) : null;
  }

  private static int star(byte[] pattern) {
    for (int i = 0; i < pattern.length; i++) {
      if (pattern[i] == '*') {
        return i;
      }
    }
    return -1;
  }

  /** Whether it is another one for each element. */
  boolean hasStar() {
    return before != null;
  }

  /**
   * Returns what belongs to an element, and is counted if it isn't the element; null if there is
   * nothing.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   * @see Keyspace#holdsBeside
   */
  byte[] find(CommandContext context, byte[] element) {
    if (isElement) {
      return element;
    }
    if (!lookUp(context, element)) {
      return null;
    }
    if (field == null) {
      context.string().found();
      return context.string().bytes();
    }
    HashValue hash = context.hash();
    context.keyspace().holdsBeside(hash.valueLength());
    return copy(hash.valueSegment(), hash.valueOffset(), hash.valueLength());
  }

  /** Answers with what belongs to an element, or with null. */
  void answer(CommandContext context, byte[] element) {
    if (isElement) {
      context.reply().bulk(element);
    } else if (!lookUp(context, element)) {
      context.reply().nullBulk();
    } else if (field == null) {
      StringReplies.answer(context, true);
    } else {
      HashValue hash = context.hash();
      context.reply().bulk(hash.valueSegment(), hash.valueOffset(), hash.valueLength());
    }
  }

  /** Finds the string, or the field of the hash, that belongs to an element, if it is there. */
  private boolean lookUp(CommandContext context, byte[] element) {
    if (before == null) {
      return false;
    }
    int length = before.length + element.length + behind.length;
    byte[] key = Arrays.copyOf(before, length);
    System.arraycopy(element, 0, key, before.length, element.length);
    System.arraycopy(behind, 0, key, before.length + element.length, behind.length);
    Keyspace keyspace = context.keyspace();
    keyspace.select(Unpooled.wrappedBuffer(key), 0, length);
    if (!keyspace.findCounted()) {
      return false;
    }
    if (field == null) {
      return keyspace.selected().isString();
    }
    if (keyspace.selected().type() != ValueType.HASH) {
      return false;
    }
    HashValue hash = context.hash();
    hash.find();
    hash.select(Unpooled.wrappedBuffer(field), 0, field.length);
    return hash.findField();
  }

  static byte[] copy(MemorySegment segment, long offset, int length) {
    byte[] bytes = new byte[length];
    MemorySegment.copy(segment, ValueLayout.JAVA_BYTE, offset, bytes, 0, length);
    return bytes;
  }
}
