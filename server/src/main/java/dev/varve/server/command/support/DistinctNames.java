package dev.varve.server.command.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.varve.server.datatype.Keyspace;
import java.util.HashSet;
import java.util.Set;

/**
 * Names of members that a command has picked, so that it picks none twice. What they take counts as
 * {@linkplain Keyspace#holdsBeside held}. Not thread-safe.
 */
public final class DistinctNames {
  /** What one takes, if it is no longer than {@link #SHORT}. */
  private static final int NAME_BYTES = 128;

  private static final int SHORT = 32;

  private final Keyspace keyspace;
  private final Set<String> names = new HashSet<>();

  /** Makes room for so many. */
  public DistinctNames(Keyspace keyspace, long expected) {
    this.keyspace = keyspace;
    keyspace.holdsBeside(expected * NAME_BYTES);
  }

  /** Adds a name; returns whether it is new. */
  public boolean add(byte[] bytes, int offset, int length) {
    boolean isNew = names.add(new String(bytes, offset, length, ISO_8859_1));
    if (isNew && length > SHORT) {
      keyspace.holdsBeside(length);
    }
    return isNew;
  }

  /** How many there are. */
  public int size() {
    return names.size();
  }
}
