package dev.varve.server.datatype;

import dev.varve.storage.WriteBatch;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Keys that nobody may change for a while, as the result of a command is being built of what they
 * hold, or in their place. Whoever has changed one in a batch finds out by that, be it by an
 * element, a FLUSHDB or a SWAPDB: so no command can forget to ask. Not thread-safe.
 */
public final class KeyLeases {
  private static final byte MAPPING = 'd';

  /** Engine keys, and beginnings of elements' keys. */
  private final Set<ByteBuffer> leased = new HashSet<>();

  private final Visitor visitor = new Visitor();

  /** How many keys are leased, and collections that they lead to. */
  public int count() {
    return leased.size();
  }

  /** Whether one of the keys is leased to somebody else. */
  public boolean has(List<KeyUse> uses) {
    return uses.stream().anyMatch(use -> leased.contains(ByteBuffer.wrap(use.key())));
  }

  /** Leases keys that aren't. */
  public void take(List<KeyUse> uses) {
    for (KeyUse use : uses) {
      leased.add(ByteBuffer.wrap(use.key()));
      if (use.elements() != null) {
        leased.add(ByteBuffer.wrap(use.elements()));
      }
    }
  }

  /** Lets go of what was taken. */
  public void give(List<KeyUse> uses) {
    for (KeyUse use : uses) {
      leased.remove(ByteBuffer.wrap(use.key()));
      if (use.elements() != null) {
        leased.remove(ByteBuffer.wrap(use.elements()));
      }
    }
  }

  /** Whether a batch changes what is leased. */
  public boolean isTouchedBy(WriteBatch batch) {
    if (leased.isEmpty()) {
      return false;
    }
    visitor.touches = false;
    batch.forEach(visitor);
    return visitor.touches;
  }

  /** Counts change only with keys that points touch. */
  private final class Visitor implements WriteBatch.PartialVisitor {
    private boolean touches;

    @Override
    public void point(
        byte kind,
        long sequence,
        byte[] bytes,
        int keyOffset,
        int keyLength,
        int valueOffset,
        int valueLength) {
      int length =
          switch (bytes[keyOffset]) {
            case KeyLayout.KEYS -> keyLength;
            case KeyLayout.ELEMENTS -> KeyLayout.ELEMENT_PREFIX_BYTES;
            case KeyLayout.INTERNAL -> {
              touches |= keyLength > 1 && bytes[keyOffset + 1] == MAPPING;
              yield 0;
            }
            default -> 0;
          };
      touches |= length > 0 && leased.contains(ByteBuffer.wrap(bytes, keyOffset, length));
    }

    @Override
    public void range(long sequence, byte[] begin, byte[] end) {
      // Databases are emptied by ranges.
      touches = true;
    }

    @Override
    public void abandon(long sequence, byte[] begin, byte[] end) {
      // Whatever led there is changed by a point, or moves on within the collection.
      touches |=
          begin.length >= KeyLayout.ELEMENT_PREFIX_BYTES
              && leased.contains(ByteBuffer.wrap(begin, 0, KeyLayout.ELEMENT_PREFIX_BYTES));
    }
  }
}
