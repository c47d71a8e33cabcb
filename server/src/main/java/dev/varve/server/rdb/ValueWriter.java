package dev.varve.server.rdb;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Writes a value as Redis 7.0 does, strings as they are (Redis may pack them): what it is, then its
 * elements, as many as were said, then {@link #end} or {@link #endPayload}. Not thread-safe.
 */
public final class ValueWriter {
  private static final int PACKED_NODE = 2;

  /** Beyond so many bytes a list's next node begins, as by Redis's own setting. */
  private static final int NODE_BYTES = 8192;

  private static final int WIDEST_ENTRY_HEADER = 16;

  private final RdbOutput out;
  private final ListpackOutput listpack;
  private int version = Footer.WRITTEN_VERSION;
  private boolean packed;
  private boolean nodes;
  private int nodesBegun;
  private long nodeCount;
  private boolean inListpack;
  private int width;
  private long earliest;
  private boolean deadlines;

  /** Null: the value stands for itself. */
  private MemorySegment key;

  private long keyDate;

  /** Makes one that writes to {@code out}. */
  public ValueWriter(RdbOutput out) {
    this.out = out;
    this.listpack = new ListpackOutput(out);
  }

  /**
   * Has the value written as a key's in a snapshot: after its deadline, its type, and the key.
   *
   * @param date the key's deadline in milliseconds, or {@link ValueVisitor#NO_DEADLINE}
   */
  public void entry(long date, byte[] source, int offset, int length) {
    keyDate = date;
    key = MemorySegment.ofArray(source).asSlice(offset, length);
  }

  private void type(int type) {
    if (key != null && keyDate != ValueVisitor.NO_DEADLINE) {
      out.u8(RdbOpcode.DEADLINE_MILLIS);
      out.i64(keyDate);
    }
    out.u8(type);
    if (key != null) {
      out.string(key, 0, (int) key.byteSize());
    }
  }

  /** A string. */
  public void string(MemorySegment source, long offset, int length) {
    type(RdbType.STRING);
    out.string(source, offset, length);
  }

  /** A long string; its bytes follow, by {@link #piece} and {@link #zeros}. */
  public void beginString(int length) {
    type(RdbType.STRING);
    out.beginString(length);
  }

  /** The next bytes of a string that has begun. */
  public void piece(MemorySegment source, long offset, int length) {
    out.piece(source, offset, length);
  }

  /** The next bytes of a string that has begun: zeros. */
  public void zeros(int length) {
    out.zeros(length);
  }

  /** A list; its {@linkplain #element elements} follow. */
  public void beginList() {
    type(RdbType.LIST_QUICKLIST_2);
    nodes = true;
    nodesBegun = out.beginLength();
  }

  /**
   * A list of as many elements as are told, each by itself as Redis before 3.2 wrote them, so that
   * none of it has to be kept; its {@linkplain #element elements} follow.
   */
  public void beginLongList(long count) {
    type(RdbType.LIST);
    out.length(count);
  }

  /** The next element of a list. */
  public void element(MemorySegment source, long offset, int length) {
    if (!nodes) {
      out.string(source, offset, length);
      return;
    }
    if (inListpack && listpack.bytes() + (long) length + WIDEST_ENTRY_HEADER > NODE_BYTES) {
      listpack.end();
      inListpack = false;
    }
    if (!inListpack) {
      out.length(PACKED_NODE);
      nodeCount++;
      beginListpack();
    }
    listpack.add(source, offset, length);
  }

  private void beginListpack() {
    inListpack = true;
    listpack.begin();
  }

  /** A set; its {@linkplain #member members} follow. */
  public void beginSet(long count) {
    type(RdbType.SET);
    out.length(count);
  }

  /** The next member of a set. */
  public void member(MemorySegment source, long offset, int length) {
    out.string(source, offset, length);
  }

  /**
   * A set of integers alone; they {@linkplain #integer follow} in ascending order.
   *
   * @param least the first
   * @param greatest the last
   */
  public void beginIntegers(int count, long least, long greatest) {
    type(RdbType.SET_INTSET);
    width = Math.max(widthOf(least), widthOf(greatest));
    out.length(IntsetEntries.HEADER_BYTES + (long) count * width);
    out.littleEndian(width, Integer.BYTES);
    out.littleEndian(count, Integer.BYTES);
  }

  private static int widthOf(long value) {
    if (value == (short) value) {
      return Short.BYTES;
    }
    return value == (int) value ? Integer.BYTES : Long.BYTES;
  }

  /** The next member of a set of integers. */
  public void integer(long value) {
    out.littleEndian(value, width);
  }

  /**
   * A sorted set; its {@linkplain #scored members} follow.
   *
   * @param small whether as one listpack: in the order of their scores
   */
  public void beginSortedSet(boolean small, long count) {
    packed = small;
    if (small) {
      type(RdbType.SORTED_SET_LISTPACK);
      beginListpack();
    } else {
      type(RdbType.SORTED_SET_2);
      out.length(count);
    }
  }

  /**
   * The next member of a sorted set.
   *
   * @param text its score as Redis spells it
   */
  public void scored(MemorySegment source, long offset, int length, double score, String text) {
    if (packed) {
      listpack.add(source, offset, length);
      byte[] spelt = text.getBytes(StandardCharsets.US_ASCII);
      listpack.add(MemorySegment.ofArray(spelt), 0, spelt.length);
    } else {
      out.string(source, offset, length);
      out.i64(Double.doubleToRawLongBits(score));
    }
  }

  /**
   * A hash none of whose fields expires; they {@linkplain #field follow}.
   *
   * @param small whether as one listpack
   */
  public void beginHash(boolean small, long count) {
    packed = small;
    if (small) {
      type(RdbType.HASH_LISTPACK);
      beginListpack();
    } else {
      type(RdbType.HASH);
      out.length(count);
    }
  }

  /**
   * A hash some of whose fields expire, as Redis 7.4 writes it; they {@linkplain #field follow}.
   *
   * @param firstDeadline the first of their dates, in milliseconds
   */
  public void beginExpiringHash(long count, long firstDeadline) {
    version = Footer.DEADLINES_VERSION;
    deadlines = true;
    earliest = firstDeadline;
    type(RdbType.HASH_DEADLINES);
    out.i64(firstDeadline);
    out.length(count);
  }

  /**
   * The next field of a hash; its {@linkplain #value value} follows.
   *
   * @param deadline its date in milliseconds, or {@link ValueVisitor#NO_DEADLINE}
   */
  public void field(MemorySegment source, long offset, int length, long deadline) {
    if (deadlines) {
      out.length(deadline == ValueVisitor.NO_DEADLINE ? 0 : deadline - earliest + 1);
    }
    value(source, offset, length);
  }

  /** The value of a field. */
  public void value(MemorySegment source, long offset, int length) {
    if (packed) {
      listpack.add(source, offset, length);
    } else {
      out.string(source, offset, length);
    }
  }

  /** A stream; what it has is written by what is returned. */
  public StreamWriter stream() {
    return stream(StreamWriter.UNKNOWN);
  }

  /** As {@link #stream()}, of one that has so many nodes. */
  public StreamWriter stream(long nodes) {
    type(RdbType.STREAM_LISTPACKS_2);
    return new StreamWriter(out, listpack, nodes);
  }

  /** Ends the value, and the payload by its footer. */
  public void endPayload() {
    end();
    Footer.write(out, version);
  }

  /** Ends the value. */
  public void end() {
    if (inListpack) {
      listpack.end();
    }
    if (nodes) {
      out.endLength(nodesBegun, nodeCount);
    }
  }
}
