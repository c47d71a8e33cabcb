package dev.varve.storage.settle;

import dev.varve.storage.KeyGroups;
import dev.varve.storage.base.CountChanges;
import dev.varve.storage.base.EntryKind;
import dev.varve.storage.base.EntryReference;
import dev.varve.storage.iterator.EntryCursor;
import dev.varve.storage.iterator.Marks;
import dev.varve.storage.iterator.MergingCursor;
import dev.varve.storage.manifest.LevelLookup;
import dev.varve.storage.manifest.TableMeta;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

/**
 * A walk over one range of keys: over all entries of what has blind ones, beside each other. What
 * has none is asked for single keys, in their order. Used by one thread, once.
 */
final class SettleWalk implements AutoCloseable {
  private static final int STEP = 4096;

  private final SettleJob job;
  private final SettleJob.Range range;
  private final List<Source> sources;

  private final MergingCursor entries;

  /** For each cursor, its source, and its tables. */
  private final List<Integer> sourceOfChild = new ArrayList<>();

  private final List<List<TableMeta>> tablesOfChild = new ArrayList<>();

  /** For each source, its lookup; null if there is none. */
  private final LevelLookup[] lookups;

  private final EntryReference inMemtable = new EntryReference();

  private final Map<Long, CountChanges> ofTables = new HashMap<>();
  private final CountChanges[] ofMemtables;
  private final int[] entriesOfMemtables;
  private final CountChanges alive = new CountChanges();

  // The versions of the current key in what is walked, from the newest to the oldest.
  private byte[] key = new byte[64];
  private int keyLength;
  private int versions;
  private byte[] kinds = new byte[4];
  private long[] sequences = new long[4];
  private int[] children = new int[4];
  private int[] parts = new int[4];
  private boolean[] marked = new boolean[4];
  private byte[][] leadTo = new byte[4][];

  /** Closing lets go of all that it pins. */
  SettleWalk(SettleJob job, SettleJob.Range range) {
    this.job = job;
    this.range = range;
    sources = job.owingSources();
    ofMemtables = new CountChanges[job.memtables()];
    Arrays.setAll(ofMemtables, i -> new CountChanges());
    entriesOfMemtables = new int[job.memtables()];
    lookups = new LevelLookup[sources.size()];
    List<EntryCursor> cursors = new ArrayList<>();
    int deepest = sources.size() - 1;
    for (int i = 0; i <= deepest; i++) {
      Source source = sources.get(i);
      if (source.isMemtable() && source.owing()) {
        cursors.add(source.memtable().versions(job.paidBefore(source.index())));
        tablesOfChild.add(List.of());
      } else if (!source.isMemtable()) {
        addCursors(source, cursors);
        List<TableMeta> asked = inRange(source.asked());
        if (!asked.isEmpty()) {
          // A key that owes is nearly always found in the end.
          lookups[i] = job.version().lookup(source.index(), asked, i < deepest);
        }
      }
      while (sourceOfChild.size() < cursors.size()) {
        sourceOfChild.add(i);
      }
    }
    entries = new MergingCursor(cursors);
  }

  private void addCursors(Source source, List<EntryCursor> cursors) {
    List<TableMeta> walked = inRange(source.walked());
    List<EntryCursor> added = job.version().cursors(source.index(), walked, false);
    cursors.addAll(added);
    for (int i = 0; i < added.size(); i++) {
      tablesOfChild.add(added.size() == 1 ? walked : List.of(walked.get(i)));
    }
  }

  private List<TableMeta> inRange(List<TableMeta> tables) {
    return tables.stream().filter(table -> table.reachesInto(range.begin(), range.end())).toList();
  }

  /** As {@link SettleJob#run}. */
  boolean run(BooleanSupplier cancelled) {
    if (range.begin() == null) {
      entries.seekToFirst();
    } else {
      entries.seek(range.begin(), 0, range.begin().length, Long.MAX_VALUE);
    }
    int seen = 0;
    while (entries.isValid() && !isBehindRange()) {
      readVersions();
      settle();
      seen += versions;
      if (seen >= STEP) {
        seen = 0;
        if (cancelled.getAsBoolean()) {
          return false;
        }
      }
    }
    return true;
  }

  private boolean isBehindRange() {
    byte[] end = range.end();
    return end != null
        && Arrays.compareUnsigned(entries.key(), 0, entries.keyLength(), end, 0, end.length) >= 0;
  }

  private void readVersions() {
    versions = 0;
    keyLength = entries.keyLength();
    if (key.length < keyLength) {
      key = new byte[Math.max(keyLength, 2 * key.length)];
    }
    System.arraycopy(entries.key(), 0, key, 0, keyLength);
    do {
      int child = entries.child();
      boolean later = source(child).isMemtable() && entries.sequence() > job.visible();
      if (!later) {
        if (versions == kinds.length) {
          growVersions();
        }
        kinds[versions] = entries.kind();
        sequences[versions] = entries.sequence();
        children[versions] = child;
        parts[versions] = entries.part();
        boolean wanted = isMarkNeeded(versions) && isCounted();
        marked[versions] = wanted && isMarked();
        leadTo[versions] =
            wanted
                ? leadsTo(
                    entries.kind(),
                    entries.valueSegment(),
                    entries.valueOffset(),
                    entries.valueLength())
                : null;
        versions++;
      }
      entries.next();
    } while (entries.isValid()
        && Arrays.equals(entries.key(), 0, entries.keyLength(), key, 0, keyLength));
  }

  /** Directly beneath a blind entry, or where all that lives is counted. */
  private boolean isMarkNeeded(int at) {
    return EntryKind.isPut(kinds[at])
        && ((at > 0 && EntryKind.isBlind(kinds[at - 1])) || job.version().areCountsOpen());
  }

  private boolean isCounted() {
    return job.groups().groupOf(key, 0, keyLength) != KeyGroups.NOT_COUNTED;
  }

  private boolean isMarked() {
    return Marks.isMarked(
        job.groups(),
        entries.kind(),
        entries.valueSegment(),
        entries.valueOffset(),
        entries.valueLength());
  }

  private byte[] leadsTo(byte kind, MemorySegment value, long offset, int length) {
    return Marks.leadsTo(job.groups(), kind, value, offset, length);
  }

  private void growVersions() {
    int more = 2 * versions;
    marked = Arrays.copyOf(marked, more);
    leadTo = Arrays.copyOf(leadTo, more);
    kinds = Arrays.copyOf(kinds, more);
    sequences = Arrays.copyOf(sequences, more);
    children = Arrays.copyOf(children, more);
    parts = Arrays.copyOf(parts, more);
  }

  private Source source(int child) {
    return sources.get(sourceOfChild.get(child));
  }

  private void settle() {
    boolean newestInTables = true;
    for (int i = 0; i < versions; i++) {
      Source source = source(children[i]);
      if (EntryKind.isBlind(kinds[i])) {
        settle(i, source);
      }
      if (!source.isMemtable() && newestInTables) {
        newestInTables = false;
        countIfAlive(i, source);
      }
    }
  }

  private void settle(int at, Source source) {
    if (source.isMemtable()) {
      entriesOfMemtables[source.index()]++;
    }
    long group = job.groups().groupOf(key, 0, keyLength);
    if (group < 0 || job.newestTombstone(source, key, keyLength, Long.MAX_VALUE) > sequences[at]) {
      return;
    }
    EntryReference asked = findBetween(at);
    if (asked != null) {
      boolean lives = lives(at, source, asked.kind(), asked.sequence());
      pay(at, source, group, lives, lives && isMarked(asked), lives ? leadsTo(asked) : null);
    } else if (at + 1 < versions) {
      boolean lives = lives(at, source, kinds[at + 1], sequences[at + 1]);
      pay(at, source, group, lives, marked[at + 1], leadTo[at + 1]);
    } else {
      pay(at, source, group, false, false, null);
    }
  }

  /** Whether what lies directly beneath an entry is a value that no range tombstone covers. */
  private boolean lives(int at, Source source, byte kindBeneath, long sequenceBeneath) {
    return EntryKind.isPut(kindBeneath)
        && job.newestTombstone(source, key, keyLength, sequences[at]) <= sequenceBeneath;
  }

  private boolean isMarked(EntryReference value) {
    return Marks.isMarked(
        job.groups(), value.kind(), value.valueSegment(), value.valueOffset(), value.valueLength());
  }

  private byte[] leadsTo(EntryReference value) {
    return leadsTo(value.kind(), value.valueSegment(), value.valueOffset(), value.valueLength());
  }

  private void pay(
      int at, Source source, long group, boolean lives, boolean wasMarked, byte[] ledTo) {
    if (!lives) {
      Marks.payForNew(group, changes(at, source));
    } else if (wasMarked || ledTo != null) {
      Marks.payForReplaced(
          job.groups(), group, wasMarked, ledTo, sequences[at], changes(at, source));
    }
  }

  /**
   * The newest entry of the key in a source that isn't walked, beneath the one given and above the
   * next that was met; null if there is none.
   */
  private EntryReference findBetween(int at) {
    int from = sourceOfChild.get(children[at]) + 1;
    int to = at + 1 < versions ? sourceOfChild.get(children[at + 1]) : sources.size();
    for (int i = from; i < to; i++) {
      EntryReference found = find(i);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private EntryReference find(int at) {
    Source source = sources.get(at);
    if (source.isMemtable() && !source.owing()) {
      int answer = source.memtable().get(key, 0, keyLength, job.visible(), inMemtable);
      return answer == EntryReference.FOUND ? inMemtable : null;
    }
    return lookups[at] == null ? null : lookups[at].find(key, keyLength);
  }

  private CountChanges changes(int at, Source source) {
    return source.isMemtable()
        ? ofMemtables[source.index()]
        : ofTables.computeIfAbsent(
            tablesOfChild.get(children[at]).get(parts[at]).number(), _ -> new CountChanges());
  }

  /** Only counted anew if counts are lost: all tables are walked then. */
  private void countIfAlive(int at, Source source) {
    if (job.version().areCountsOpen()
        && EntryKind.isPut(kinds[at])
        && job.newestTombstone(source, key, keyLength, Long.MAX_VALUE) <= sequences[at]) {
      long group = job.groups().groupOf(key, 0, keyLength);
      if (group >= 0) {
        alive.add(group, 1);
        long markedGroup = marked[at] ? job.groups().markedGroupOf(group) : KeyGroups.NOT_COUNTED;
        if (markedGroup != KeyGroups.NOT_COUNTED) {
          alive.add(markedGroup, 1);
        }
      }
    }
  }

  Map<Long, CountChanges> ofTables() {
    return ofTables;
  }

  CountChanges ofMemtable(int index) {
    return ofMemtables[index];
  }

  int entriesOfMemtable(int index) {
    return entriesOfMemtables[index];
  }

  CountChanges alive() {
    return alive;
  }

  @Override
  public void close() {
    entries.close();
    for (LevelLookup lookup : lookups) {
      if (lookup != null) {
        lookup.close();
      }
    }
  }
}
