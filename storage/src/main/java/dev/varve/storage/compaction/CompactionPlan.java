package dev.varve.storage.compaction;

import dev.varve.storage.manifest.Depth;
import dev.varve.storage.manifest.Levels;
import dev.varve.storage.manifest.TableMeta;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What a compaction is to do.
 *
 * @param kind how the tables are treated
 * @param inputs the tables, from the newest level to the oldest, in each level's order
 * @param outputLevel where what is left of them goes; if it is 0, they follow one another there
 */
public record CompactionPlan(Kind kind, List<Input> inputs, int outputLevel) {
  /** How a plan treats its tables. */
  public enum Kind {
    /** They are read and written anew. */
    MERGE,
    /** They are read and written anew where they are, without what newer tables hide. */
    PURGE,
    /** They go to the output level as they are. */
    MOVE,
    /** They go away unread: no view sees anything in them. */
    DROP;

    /** Whether it takes space for new tables before the old ones go. */
    public boolean writes() {
      return this == MERGE || this == PURGE;
    }
  }

  /** A table to be taken from a level. */
  public record Input(int level, TableMeta table) {}

  /** Copies the list. */
  public CompactionPlan {
    inputs = List.copyOf(inputs);
  }

  /** The tables taken from a level. */
  public List<TableMeta> tables(int level) {
    List<TableMeta> tables = new ArrayList<>();
    for (Input input : inputs) {
      if (input.level == level) {
        tables.add(input.table);
      }
    }
    return tables;
  }

  /** Bytes of all inputs. */
  public long bytes() {
    return inputs.stream().mapToLong(input -> input.table.bytes()).sum();
  }

  /**
   * Bytes that carrying the plan out reads and writes anew.
   *
   * @param levels that it was made for
   */
  public long workBytes(Levels levels) {
    return bytes() + (kind == Kind.PURGE ? 0 : BlobGarbage.wornBytes(this, levels.blobs()));
  }

  /** Where the inputs begin. */
  public byte[] begin() {
    return inputs.stream()
        .map(input -> input.table.begin())
        .min(Arrays::compareUnsigned)
        .orElseThrow();
  }

  /** Where the inputs end. */
  public byte[] end() {
    return inputs.stream()
        .map(input -> input.table.end())
        .max(Arrays::compareUnsigned)
        .orElseThrow();
  }

  /** Where what is older than the output begins, in the levels that the plan was made for. */
  public Depth beneath(Levels levels) {
    if (outputLevel > 0) {
      return Depth.of(outputLevel + 1);
    }
    List<TableMeta> newestFirst = levels.tables(0);
    int oldest = 0;
    for (Input input : inputs) {
      oldest = Math.max(oldest, newestFirst.indexOf(input.table));
    }
    return new Depth(0, oldest + 1);
  }

  /**
   * Whether the two may not be carried out side by side: they share a table, or their output could
   * come to overlap in one level.
   */
  public boolean conflictsWith(CompactionPlan other) {
    for (Input input : inputs) {
      if (other.inputs.contains(input)) {
        return true;
      }
    }
    return outputLevel == other.outputLevel
        && kind != Kind.DROP
        && other.kind != Kind.DROP
        && Arrays.compareUnsigned(begin(), other.end()) < 0
        && Arrays.compareUnsigned(other.begin(), end()) < 0;
  }
}
