package dev.varve.server.datatype.hash;

import dev.varve.server.datatype.Deadline;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.FirstDeadlines;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.collection.Members;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * When fields of a spread hash are due, in that order, those by a date after the others:
 *
 * <pre>
 * 0x20 | database id:u32 | collection id:u48 | 4 | by date:u8 | deadline ms:u64 | field -> (empty)
 * </pre>
 *
 * <p>What is put and deleted is of the field that is selected among the {@link Members}, and that
 * stays selected; walks leave none selected. Not thread-safe.
 */
final class FieldIndex {
  private static final byte PART = 4;
  private static final int BY_DATE = Elements.PREFIX_BYTES + 1;
  private static final int MILLIS = BY_DATE + 1;
  private static final int FIELD = MILLIS + Long.BYTES;
  private static final int OWN_BYTES = FIELD - Elements.PREFIX_BYTES;

  /**
   * A command's time is not read at the moment when it is appended, but less than so long before:
   * what it gives a deadline may lie so far behind what has been seen to be empty.
   */
  private static final long COMMAND_MILLIS = 5000;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final Keyspace keyspace;
  private final Elements elements;
  private final Members fields;

  FieldIndex(Keyspace keyspace, Members fields) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
    this.fields = fields;
  }

  void put(long deadline) {
    byte[] key = key(deadline);
    int length = fields.length();
    elements.put(0);
    fields.select(key, FIELD, length);
  }

  void delete(long deadline) {
    byte[] key = key(deadline);
    int length = fields.length();
    elements.delete();
    fields.select(key, FIELD, length);
  }

  /** The key is built where the selected field stands, which has its place further to the front. */
  private byte[] key(long deadline) {
    int length = fields.length();
    byte[] key = elements.key(OWN_BYTES + length);
    System.arraycopy(key, Members.OFFSET, key, FIELD, length);
    begin(key, Deadline.isWall(deadline), Deadline.millis(deadline));
    return key;
  }

  private static void begin(byte[] key, boolean byDate, long millis) {
    key[Elements.PREFIX_BYTES] = PART;
    key[BY_DATE] = (byte) (byDate ? 1 : 0);
    LONG.set(key, MILLIS, millis);
  }

  private void from(boolean byDate, long millis) {
    begin(elements.key(OWN_BYTES), byDate, millis);
  }

  private static boolean isDue(ElementWalk walk, boolean byDate, long now) {
    return walk.isValid() && isBy(byDate, walk) && millis(walk) <= now;
  }

  private static boolean isBy(boolean byDate, ElementWalk walk) {
    return (walk.key()[BY_DATE] == 1) == byDate;
  }

  private static long millis(ElementWalk walk) {
    return (long) LONG.get(walk.key(), MILLIS);
  }

  /** Returns how many fields are due by a clock, of which none is before a time. */
  long count(boolean byDate, long from, long now) {
    from(byDate, from);
    long counted = 0;
    try (ElementWalk walk = elements.walk()) {
      for (; isDue(walk, byDate, now); walk.next()) {
        keyspace.needTime(++counted);
      }
    }
    return counted;
  }

  /**
   * Finds fields that are due by a clock, of which none is before a time.
   *
   * <p>Who goes on where the last search ended leaves the time as it is, and doesn't say that it
   * has found all: what was found before may not have been removed, or others were put there since.
   * So once nothing is left behind that place, a search from the time on follows.
   */
  DueFields find(boolean byDate, long from, long now, int most, DuePlace place) {
    from(byDate, from);
    boolean goesOn = goOn(place.key, from);
    if (goesOn) {
      place.key = null;
    }
    List<byte[]> found = new ArrayList<>();
    try (ElementWalk walk = elements.walk()) {
      long last = from;
      for (; isDue(walk, byDate, now); walk.next()) {
        if (found.size() == most) {
          place.key = Arrays.copyOf(walk.key(), walk.keyLength());
          return new DueFields(found, goesOn ? from : behindCommands(from, last), false);
        }
        found.add(Arrays.copyOfRange(walk.key(), FIELD, walk.keyLength()));
        last = millis(walk);
      }
    }
    return goesOn
        ? new DueFields(found, from, false)
        : new DueFields(found, behindCommands(from, now), true);
  }

  /** Makes a place the key that was begun, if it is of the same hash and clock, and not before. */
  private boolean goOn(byte[] place, long from) {
    byte[] begun = elements.key(OWN_BYTES);
    if (place == null
        || !Arrays.equals(place, 0, MILLIS, begun, 0, MILLIS)
        || (long) LONG.get(place, MILLIS) < from) {
      return false;
    }
    byte[] key = elements.key(place.length - Elements.PREFIX_BYTES);
    System.arraycopy(place, 0, key, 0, place.length);
    return true;
  }

  private static long behindCommands(long from, long millis) {
    return Math.max(from, millis - COMMAND_MILLIS);
  }

  /**
   * Returns when the first field is due by a clock; or an earlier time, if it takes long to find
   * that out.
   *
   * @param from no field is due before
   */
  long first(boolean byDate, long from) {
    from(byDate, from);
    try (ElementWalk walk = elements.walkSome()) {
      // Nothing that lives lies before the place where it halts.
      boolean is = (walk.isValid() || walk.isHalted()) && isBy(byDate, walk);
      return is ? Math.max(from, millis(walk)) : FirstDeadlines.NONE;
    } catch (ReadNeeded _) {
      return from;
    }
  }
}
