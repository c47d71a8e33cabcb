package dev.varve.storage.fs;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/**
 * Makes a disk fail as a seed decides: single operations, and bouts in which all operations of one
 * kind fail the same way. Used by one thread.
 *
 * <p>Bits are flipped in what is read of tables only. In the log and the manifest, damage to what
 * was synced last can't be told from a torn end (see {@code docs/formats/wal.md}); that earlier
 * damage is told is the business of other tests.
 */
public final class SeededFaults implements FaultInjector {
  /** What can go wrong. */
  public enum Kind {
    NO_SPACE,
    IO_ERROR,
    PERMISSION_DENIED,
    SHORT_WRITE,
    FLIPPED_BIT
  }

  private static final int LONGEST_BOUT = 40;

  private final Random random;
  private final int oneIn;
  private final boolean flips;
  private final Map<Kind, Integer> injected = new EnumMap<>(Kind.class);
  private boolean enabled;

  // A bout, while its length is not 0.
  private int boutLeft;
  private Operation boutOperation;
  private Kind boutKind;

  /**
   * Disabled at first.
   *
   * @param oneIn fails one operation in so many
   * @param flips whether bits are flipped, too
   */
  public SeededFaults(Random random, int oneIn, boolean flips) {
    this.random = random;
    this.oneIn = oneIn;
    this.flips = flips;
  }

  /** Fails operations from now on, or none any more. */
  public void enable(boolean on) {
    enabled = on;
    boutLeft = 0;
  }

  /** Whether operations fail. */
  public boolean isEnabled() {
    return enabled;
  }

  /** How many errors there were of each kind. */
  public Map<Kind, Integer> injected() {
    return injected;
  }

  /** How many errors there were. */
  public int count() {
    return injected.values().stream().mapToInt(Integer::intValue).sum();
  }

  @Override
  public void before(Operation operation, Path path, long count) throws IOException {
    Kind kind = enabled ? next(operation) : null;
    if (kind == null) {
      return;
    }
    injected.merge(kind, 1, Integer::sum);
    switch (kind) {
      case NO_SPACE -> throw new NoSpaceException(path.toString(), null);
      case PERMISSION_DENIED -> throw new AccessDeniedException(path.toString());
      default -> throw new IOException("injected: " + operation + " " + path);
    }
  }

  private Kind next(Operation operation) {
    if (boutLeft > 0) {
      boutLeft--;
      return operation == boutOperation ? boutKind : null;
    }
    if (random.nextInt(oneIn) != 0) {
      return null;
    }
    Kind kind = kind(operation);
    if (random.nextInt(8) == 0) {
      boutLeft = 1 + random.nextInt(LONGEST_BOUT);
      boutOperation = operation;
      boutKind = kind;
    }
    return kind;
  }

  private Kind kind(Operation operation) {
    int choice = random.nextInt(3);
    return switch (operation) {
      case WRITE, SYNC, TRUNCATE, SYNC_DIRECTORY -> choice == 0 ? Kind.IO_ERROR : Kind.NO_SPACE;
      case CREATE, RENAME, LINK, CREATE_DIRECTORIES ->
          choice == 0 ? Kind.IO_ERROR : choice == 1 ? Kind.NO_SPACE : Kind.PERMISSION_DENIED;
      case OPEN_FOR_READ, OPEN_FOR_WRITE, DELETE, LOCK ->
          choice == 0 ? Kind.PERMISSION_DENIED : Kind.IO_ERROR;
      case READ, LIST, SIZE, CLOSE -> Kind.IO_ERROR;
    };
  }

  @Override
  public int bytesTaken(Path path, long position, int length) {
    if (!enabled || length == 0 || random.nextInt(2 * oneIn) != 0) {
      return length;
    }
    injected.merge(Kind.SHORT_WRITE, 1, Integer::sum);
    return random.nextInt(length);
  }

  @Override
  public void afterRead(Path path, long position, ByteBuffer bytes) {
    if (enabled
        && flips
        && bytes.hasRemaining()
        && path.toString().endsWith(".sst")
        && random.nextInt(2 * oneIn) == 0) {
      injected.merge(Kind.FLIPPED_BIT, 1, Integer::sum);
      int at = random.nextInt(bytes.limit());
      bytes.put(at, (byte) (bytes.get(at) ^ (1 << random.nextInt(8))));
    }
  }
}
