package dev.varve.storage.manifest;

import dev.varve.storage.base.AbandonedRanges;
import dev.varve.storage.base.BlobUse;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.Varint;
import dev.varve.storage.blob.BlobMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The step from one {@link Version} to the next, and the payload of a manifest's record:
 *
 * <pre>
 * edit      := field*
 * field     := tag:varint | length:varint | content
 * 1 added   := level | number | bytes | begin length | begin | end length | end
 *            | smallest sequence | largest sequence | entries | tombstones | blind entries
 *            | range tombstones | fingerprint | blob uses U | use * U
 * use       := blob file | values | bytes
 * 2 removed := level | number
 * 3 flushed up to    := sequence
 * 4 last time        := milliseconds
 * 5 next file number := number
 * 6 count   := group | forgotten:0 or 1 | delta:zigzag          (all numbers are varints)
 * 7 reached := sequence
 * 8 counts open := 1
 * 9 blob file   := number | bytes | values | value bytes | fingerprint
 * 10 settled    := number of a table                            (8 may say 0, too)
 * 11 abandoned  := ranges, see {@link AbandonedRanges}
 * 12 stamp      := that of the newest abandoned range
 * 13 known      := number of a table | stamp of the newest abandoned range known to it
 * </pre>
 *
 * Used by one thread at a time.
 */
public final class VersionEdit {
  /** What a number says that the edit leaves as it was. */
  public static final long UNCHANGED = -1;

  private static final int ADDED = 1;
  private static final int REMOVED = 2;
  private static final int FLUSHED_UP_TO = 3;
  private static final int LAST_TIME = 4;
  private static final int NEXT_FILE_NUMBER = 5;
  private static final int COUNT = 6;
  private static final int REACHED = 7;
  private static final int COUNTS_OPEN = 8;
  private static final int BLOB_ADDED = 9;
  private static final int SETTLED = 10;
  private static final int ABANDONED = 11;
  private static final int STAMP = 12;
  private static final int KNOWN = 13;

  private final List<Added> added = new ArrayList<>();
  private final List<Removed> removed = new ArrayList<>();
  private final List<BlobMeta> addedBlobs = new ArrayList<>();
  private final CountChanges counts = new CountChanges();
  private long flushedUpTo = UNCHANGED;
  private long lastTimeMillis = UNCHANGED;
  private long nextFileNumber = UNCHANGED;
  private long reached = UNCHANGED;
  private long countsOpen = UNCHANGED;
  private final Set<Long> settled = new LinkedHashSet<>();
  private final Map<Long, Long> known = new LinkedHashMap<>();
  private AbandonedRanges abandoned = AbandonedRanges.EMPTY;
  private long stamp = UNCHANGED;

  /** That of the version for which a flush was made; {@link #UNCHANGED} if this isn't a flush's. */
  private long flushedAt = UNCHANGED;

  /** A table that comes into a level. */
  public record Added(int level, TableMeta table) {}

  /** A table that leaves a level. */
  public record Removed(int level, long number) {}

  /** A table comes into a level; it may have left another one in the same edit. */
  public VersionEdit add(int level, TableMeta table) {
    added.add(new Added(level, table));
    if (table.settled()) {
      settled.add(table.number());
    }
    if (table.stamp() > 0) {
      known.put(table.number(), table.stamp());
    }
    return this;
  }

  /** A blob file comes. It goes by itself once no table refers to it. */
  public VersionEdit add(BlobMeta blob) {
    addedBlobs.add(blob);
    return this;
  }

  /** A table leaves a level. */
  public VersionEdit remove(int level, long number) {
    removed.add(new Removed(level, number));
    return this;
  }

  /** Tables hold everything up to this sequence number. */
  public VersionEdit flushedUpTo(long sequence) {
    flushedUpTo = sequence;
    return this;
  }

  /** The writer's time was this when the last of what is flushed was written. */
  public VersionEdit lastTimeMillis(long millis) {
    lastTimeMillis = millis;
    return this;
  }

  VersionEdit nextFileNumber(long number) {
    nextFileNumber = number;
    return this;
  }

  /** Log and tables together held everything up to this sequence number, durably. */
  VersionEdit reached(long sequence) {
    reached = sequence;
    return this;
  }

  /** The live counts are not known any more: all has to be counted anew. */
  public VersionEdit countsOpen() {
    countsOpen = 1;
    return this;
  }

  /** All has been counted anew: the live counts are known again. */
  public VersionEdit countsKnown() {
    countsOpen = 0;
    return this;
  }

  /** The debts of a table's blind entries are paid, by what {@link #counts} says. */
  public VersionEdit settled(long number) {
    settled.add(number);
    return this;
  }

  /** The tables whose debts are paid. */
  public Set<Long> settled() {
    return Collections.unmodifiableSet(settled);
  }

  /** Ranges of keys are abandoned, besides those that were. */
  public VersionEdit abandon(AbandonedRanges ranges) {
    abandoned = abandoned.with(ranges);
    return this;
  }

  /** The ranges that are abandoned. */
  public AbandonedRanges abandoned() {
    return abandoned;
  }

  /**
   * The tables that come were written in knowledge of what this edit abandons, and of what was
   * abandoned before up to a stamp, that of the version on which they go.
   */
  public VersionEdit flushedAt(long versionStamp) {
    flushedAt = versionStamp;
    return this;
  }

  /** The stamp of the newest abandoned range, or {@link #UNCHANGED}. */
  long stamp() {
    return stamp;
  }

  VersionEdit stamp(long newest) {
    stamp = newest;
    return this;
  }

  /** What tables know of abandoned ranges, by their numbers. */
  Map<Long, Long> known() {
    return Collections.unmodifiableMap(known);
  }

  /**
   * Gives what is abandoned its stamp, as the edit comes on top of a version.
   *
   * @param newest the stamp of the newest abandoned range of that version
   */
  void stampOn(long newest) {
    long own = newest;
    AbandonedRanges foundOut = counts.abandoned();
    abandoned = abandoned.with(foundOut);
    if (!abandoned.isEmpty()) {
      own = newest + 1;
      abandoned = abandoned.stamped(own);
      stamp = own;
    }
    if (flushedAt != UNCHANGED) {
      // The flush wrote its tables without knowing what was abandoned since it began, or what it
      // has found out itself.
      long knows = flushedAt == newest && foundOut.isEmpty() ? own : flushedAt;
      added.forEach(each -> known.put(each.table.number(), knows));
    }
  }

  /** What becomes of the live counts; the caller may add to it. */
  public CountChanges counts() {
    return counts;
  }

  /** The tables that come. */
  public List<Added> added() {
    return Collections.unmodifiableList(added);
  }

  /** The tables that leave. */
  public List<Removed> removed() {
    return Collections.unmodifiableList(removed);
  }

  /** The blob files that come. */
  public List<BlobMeta> addedBlobs() {
    return Collections.unmodifiableList(addedBlobs);
  }

  /** Sizes of all files that come. */
  public long addedBytes() {
    return added.stream().mapToLong(each -> each.table.bytes()).sum()
        + addedBlobs.stream().mapToLong(BlobMeta::bytes).sum();
  }

  /** Sequence number up to which tables hold everything, or {@link #UNCHANGED}. */
  public long flushedUpTo() {
    return flushedUpTo;
  }

  /** The writer's time, or {@link #UNCHANGED}. */
  public long lastTimeMillis() {
    return lastTimeMillis;
  }

  long nextFileNumber() {
    return nextFileNumber;
  }

  long reached() {
    return reached;
  }

  /** Whether counts are unknown after this edit, where they were so or not before it. */
  boolean areCountsOpen(boolean before) {
    return countsOpen == UNCHANGED ? before : countsOpen != 0;
  }

  /** Whether the edit makes counts unknown. */
  public boolean areCountsOpen() {
    return countsOpen == 1;
  }

  /**
   * A merge's step from tables whose debts have all been paid since it was begun: it pays none
   * itself, and what its outputs show as owed isn't.
   */
  public VersionEdit ofPaidTables() {
    VersionEdit edit = new VersionEdit();
    removed.forEach(table -> edit.remove(table.level, table.number));
    for (Added table : added) {
      boolean owes = table.table.openEntries() > 0;
      edit.add(table.level, owes ? table.table.asSettled() : table.table);
    }
    addedBlobs.forEach(edit::add);
    return edit;
  }

  byte[] encode() {
    Encoder edit = new Encoder();
    for (Removed table : removed) {
      edit.field(REMOVED, new Encoder().number(table.level).number(table.number));
    }
    for (Added table : added) {
      edit.field(ADDED, encode(table));
    }
    for (BlobMeta blob : addedBlobs) {
      edit.field(BLOB_ADDED, encode(blob));
    }
    optional(edit, FLUSHED_UP_TO, flushedUpTo);
    optional(edit, LAST_TIME, lastTimeMillis);
    optional(edit, NEXT_FILE_NUMBER, nextFileNumber);
    optional(edit, REACHED, reached);
    optional(edit, COUNTS_OPEN, countsOpen);
    settled.forEach(table -> edit.field(SETTLED, new Encoder().number(table)));
    known.forEach((table, newest) -> edit.field(KNOWN, new Encoder().number(table).number(newest)));
    if (!abandoned.isEmpty()) {
      byte[] ranges = abandoned.encode();
      edit.field(ABANDONED, new Encoder().append(ranges, ranges.length));
    }
    optional(edit, STAMP, stamp);
    counts.forEach(
        (group, forgotten, delta) ->
            edit.field(
                COUNT,
                new Encoder()
                    .number(group)
                    .number(forgotten ? 1 : 0)
                    .number(Varint.zigzag(delta))));
    return Arrays.copyOf(edit.bytes, edit.size);
  }

  private static Encoder encode(Added added) {
    TableMeta table = added.table;
    Encoder encoder =
        new Encoder()
            .number(added.level)
            .number(table.number())
            .number(table.bytes())
            .key(table.begin())
            .key(table.end())
            .number(table.smallestSequence())
            .number(table.largestSequence())
            .number(table.entries())
            .number(table.tombstones())
            .number(table.blindEntries())
            .number(table.rangeTombstones())
            .number(table.fingerprint())
            .number(table.blobUses().size());
    for (BlobUse use : table.blobUses()) {
      encoder.number(use.blob()).number(use.values()).number(use.bytes());
    }
    return encoder;
  }

  private static Encoder encode(BlobMeta blob) {
    return new Encoder()
        .number(blob.number())
        .number(blob.bytes())
        .number(blob.values())
        .number(blob.valueBytes())
        .number(blob.fingerprint());
  }

  private static void optional(Encoder edit, int tag, long value) {
    if (value != UNCHANGED) {
      edit.field(tag, new Encoder().number(value));
    }
  }

  /**
   * Reads an edit.
   *
   * @throws IllegalArgumentException if the bytes are not those of one; says what was expected
   */
  static VersionEdit decode(byte[] bytes, int offset, int length) {
    VersionEdit edit = new VersionEdit();
    Decoder in = new Decoder(bytes, offset, offset + length);
    while (in.hasMore()) {
      long tag = in.number();
      in.field(edit, tag);
    }
    return edit;
  }

  private static final class Encoder {
    private byte[] bytes = new byte[128];
    private int size;

    Encoder number(long value) {
      ensure(Varint.MAX_LONG_BYTES);
      size = Varint.put(bytes, size, value);
      return this;
    }

    Encoder key(byte[] key) {
      number(key.length);
      return append(key, key.length);
    }

    void field(int tag, Encoder content) {
      number(tag);
      number(content.size);
      append(content.bytes, content.size);
    }

    private Encoder append(byte[] source, int length) {
      ensure(length);
      System.arraycopy(source, 0, bytes, size, length);
      size += length;
      return this;
    }

    private void ensure(int more) {
      if (bytes.length - size < more) {
        bytes = Arrays.copyOf(bytes, Math.max(size + more, 2 * bytes.length));
      }
    }
  }

  private static final class Decoder {
    private final byte[] bytes;
    private final int end;
    private int at;

    Decoder(byte[] bytes, int from, int end) {
      this.bytes = bytes;
      this.at = from;
      this.end = end;
    }

    boolean hasMore() {
      return at < end;
    }

    void field(VersionEdit edit, long tag) {
      int length = length();
      Decoder content = new Decoder(bytes, at, at + length);
      at += length;
      if (tag == ADDED) {
        edit.add(content.level(), content.table());
      } else if (tag == REMOVED) {
        edit.remove(content.level(), content.number());
      } else if (tag == BLOB_ADDED) {
        edit.add(content.blob());
      } else if (tag == FLUSHED_UP_TO) {
        edit.flushedUpTo(content.number());
      } else if (tag == LAST_TIME) {
        edit.lastTimeMillis(content.number());
      } else if (tag == NEXT_FILE_NUMBER) {
        edit.nextFileNumber(content.number());
      } else if (tag == COUNT) {
        content.count(edit.counts);
      } else if (tag == REACHED) {
        edit.reached(content.number());
      } else if (tag == COUNTS_OPEN) {
        edit.countsOpen = content.number() == 0 ? 0 : 1;
      } else if (tag == SETTLED) {
        edit.settled(content.number());
      } else if (tag == KNOWN) {
        edit.known.put(content.number(), content.number());
      } else if (tag == STAMP) {
        edit.stamp(content.number());
      } else if (tag == ABANDONED) {
        edit.abandon(AbandonedRanges.decode(content.rest()));
      } else {
        throw new IllegalArgumentException("a known field of an edit, not one of tag " + tag);
      }
      if (content.hasMore()) {
        throw new IllegalArgumentException("a field of tag " + tag + " that ends with its content");
      }
    }

    private TableMeta table() {
      return new TableMeta(
          number(),
          number(),
          key(),
          key(),
          number(),
          number(),
          number(),
          number(),
          number(),
          number(),
          number(),
          blobUses());
    }

    private List<BlobUse> blobUses() {
      long count = number();
      List<BlobUse> uses = new ArrayList<>();
      for (long i = 0; i < count; i++) {
        uses.add(new BlobUse(number(), number(), number()));
      }
      return uses;
    }

    private BlobMeta blob() {
      return new BlobMeta(number(), number(), number(), number(), number());
    }

    private void count(CountChanges counts) {
      long group = number();
      if (number() != 0) {
        counts.forget(group);
      }
      counts.add(group, Varint.unzigzag(number()));
    }

    private int level() {
      long level = number();
      if (level < 0 || level >= Levels.COUNT) {
        throw new IllegalArgumentException("a level below " + Levels.COUNT + ", not " + level);
      }
      return (int) level;
    }

    private int length() {
      long length = number();
      if (length < 0 || length > end - at) {
        throw new IllegalArgumentException("a length within the record, not " + length);
      }
      return (int) length;
    }

    private byte[] rest() {
      byte[] rest = Arrays.copyOfRange(bytes, at, end);
      at = end;
      return rest;
    }

    private byte[] key() {
      int length = length();
      at += length;
      return Arrays.copyOfRange(bytes, at - length, at);
    }

    long number() {
      if (at >= end) {
        throw new IllegalArgumentException("a number where a field ends");
      }
      long value = Varint.get(bytes, at);
      at += Varint.length(value);
      if (at > end) {
        throw new IllegalArgumentException("a number that ends with its field");
      }
      return value;
    }
  }
}
