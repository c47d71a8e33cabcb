package dev.varve.server.datatype;

import java.lang.foreign.MemorySegment;

/**
 * Where bytes stand that a command has found. They are let go of when the command has ended: what
 * is kept longer would be on the heap beside what the next one takes. Not thread-safe.
 */
public final class FoundBytes {
  private final Keyspace keyspace;
  private final Runnable forget = this::forget;
  private boolean any;
  private MemorySegment segment = MemorySegment.NULL;
  private long offset;
  private int length;

  /** Makes one for what is found in a keyspace. */
  public FoundBytes(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /** Has it stand for these. */
  public void set(MemorySegment its, long itsOffset, int itsLength) {
    if (!any) {
      any = true;
      keyspace.whenUnbound(forget);
    }
    segment = its;
    offset = itsOffset;
    length = itsLength;
  }

  private void forget() {
    any = false;
    segment = MemorySegment.NULL;
  }

  /** The memory that holds them. */
  public MemorySegment segment() {
    return segment;
  }

  /** Where in {@link #segment} they begin. */
  public long offset() {
    return offset;
  }

  /** How many they are. */
  public int length() {
    return length;
  }
}
