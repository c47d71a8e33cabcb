package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.ElementView;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.MemberHash;
import io.netty.buffer.ByteBuf;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;

/**
 * Members of spread collections that are looked up by their bytes, and are in no order that a
 * client could ask for: they are kept in the order of their hash. That finds one by one lookup, and
 * gives for nothing what else would take an index: a walk that can be left and taken up again by no
 * more than a number, whatever is added or removed meanwhile; and members picked at random, all
 * equally likely.
 *
 * <pre>
 * 0x20 | database id:u32 | collection id:u48 | 1 | hash:u32 | member -> the type's own
 * </pre>
 *
 * <p>A member is {@linkplain #select selected}, whatever the collection's form, and its bytes are
 * then in {@link #bytes}. Not thread-safe.
 */
public final class Members {
  /** Where in {@link #bytes}, and in the keys of walks, a member begins. */
  public static final int OFFSET = Elements.PREFIX_BYTES + 1 + Integer.BYTES;

  private static final byte PART = 1;
  private static final int HASH_OFFSET = Elements.PREFIX_BYTES + 1;
  private static final int OWN_BYTES = 1 + Integer.BYTES;
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** How many hashes there are. */
  private static final long HASHES = 1L << Integer.SIZE;

  // A member is picked by a window of the hashes, which has 16 members on average. One of 44 slots
  // is drawn; if the window has so many members, it is that one, else all is drawn anew. A member
  // is in as many windows as any other, so all are equally likely. Of a window with more than 44,
  // those after would be left out: one of a hundred million has so many.
  private static final int WINDOW_MEMBERS = 16;
  private static final int SLOTS = 44;

  /** Collections of fewer are walked over from their first member. */
  private static final int FEW = 48;

  private static final int DRAWS = 100;

  /** A call of {@link #scan} hands over no more: whoever takes them may have to hold them. */
  private static final int MOST_SCANNED = 1024;

  /** Each so many bytes of a member and what it has count as one more. */
  private static final int SCANNED_BYTES = 256;

  private final Keyspace keyspace;
  private final Elements elements;
  private byte[] bytes = {};
  private int length;
  private boolean keyed;

  /** Makes the members of a keyspace's collections. */
  public Members(Keyspace keyspace) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
  }

  /** Makes a member the one that is worked on. */
  public void select(ByteBuf buffer, int offset, int itsLength) {
    begin(itsLength);
    buffer.getBytes(offset, bytes, OFFSET, itsLength);
  }

  /** Makes a member the one that is worked on. */
  public void select(byte[] source, int offset, int itsLength) {
    begin(itsLength);
    System.arraycopy(source, offset, bytes, OFFSET, itsLength);
  }

  private void begin(int itsLength) {
    length = itsLength;
    bytes = elements.key(OWN_BYTES + itsLength);
    keyed = false;
  }

  /** The array that has the selected member from {@link #OFFSET} on. */
  public byte[] bytes() {
    return bytes;
  }

  /** The selected member's length in bytes. */
  public int length() {
    return length;
  }

  private void key() {
    if (!keyed) {
      // The collection may have got its id, and its prefix, since the member was selected.
      bytes = elements.key(OWN_BYTES + length);
      putKey(bytes, 0, length, keyspace.transaction().memberHash());
      keyed = true;
    }
  }

  /**
   * Writes what stands between a collection's prefix and a member in an element's key.
   *
   * @param begin where the key begins; the member is there, {@link #OFFSET} after it
   */
  public static void putKey(byte[] target, int begin, int memberLength, MemberHash hash) {
    target[begin + Elements.PREFIX_BYTES] = PART;
    INT.set(target, begin + HASH_OFFSET, hash.of(target, begin + OFFSET, memberLength));
  }

  /**
   * Looks the selected member up in the spread collection; what it has is {@link Elements}' then.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    key();
    return elements.find();
  }

  /** Puts the selected member, with a value of a length; see {@link Elements#put}. */
  public int put(int valueLength) {
    key();
    return elements.put(valueLength);
  }

  /** Removes the selected member. */
  public void delete() {
    key();
    elements.delete();
  }

  // Walks

  /** Puts a hash as it stands in keys, so that it orders as they do. */
  public static void putHash(byte[] target, int offset, int hash) {
    INT.set(target, offset, hash);
  }

  /** The hash of a member that was met. */
  public static long hash(ElementView met) {
    return (int) INT.get(met.key(), HASH_OFFSET) & 0xFFFFFFFFL;
  }

  /** The length of a member that was met; it begins at {@link #OFFSET} of its key. */
  public static int length(ElementView met) {
    return met.keyLength() - OFFSET;
  }

  /**
   * Walks over the spread collection's members, in the order of their hash, which is the same in
   * all collections of a server; those of one hash in that of their bytes.
   */
  public ElementWalk walk() {
    return walk(0);
  }

  /** As {@link #walk()}, from the first member of a hash on. */
  public ElementWalk walk(long fromHash) {
    byte[] key = elements.key(OWN_BYTES);
    key[Elements.PREFIX_BYTES] = PART;
    INT.set(key, HASH_OFFSET, (int) fromHash);
    return elements.walk();
  }

  /** Takes a member that was met. */
  @FunctionalInterface
  public interface Visitor {
    /** Takes it; valid until it returns. */
    void visit(ElementView met);
  }

  /**
   * Hands about so many members to {@code visitor}, or fewer if there is much to them, those of one
   * hash all together. Who calls it with 0, and then with what it has returned until that is 0, has
   * met each member that was there all the time just once.
   *
   * @param cursor 0, or what a call has returned
   * @return where to go on; 0: nowhere
   */
  public long scan(long cursor, long count, Visitor visitor) {
    if (cursor < 0 || cursor >= HASHES) {
      return 0;
    }
    long left = Math.min(count, MOST_SCANNED);
    long last = -1;
    try (ElementWalk walk = walk(cursor)) {
      for (; walk.isValid(); walk.next()) {
        long hash = hash(walk);
        if (left <= 0 && hash != last) {
          return hash;
        }
        visitor.visit(walk);
        last = hash;
        left -= 1 + (walk.keyLength() + (long) walk.valueLength()) / SCANNED_BYTES;
      }
      return 0;
    }
  }

  // Chance

  /**
   * Hands a member to {@code visitor}, each with the same likelihood.
   *
   * @param count of the members that there are, at least 1
   */
  public void random(long count, Visitor visitor) {
    elements.key(1)[Elements.PREFIX_BYTES] = PART;
    ElementView drawn = elements.draw();
    if (drawn != null) {
      visitor.visit(drawn);
      return;
    }
    RandomGenerator random = keyspace.random();
    try (ElementWalk walk = elements.seekingWalk()) {
      if (count > FEW && visitByWindow(walk, random, count, visitor)) {
        return;
      }
      long number = random.nextLong(count);
      if (!visit(walk, 0, HASHES, number, visitor)) {
        throw new IllegalStateException(
            "a collection has fewer elements than the " + count + " it counts");
      }
    }
  }

  private boolean visitByWindow(
      ElementWalk walk, RandomGenerator random, long count, Visitor visitor) {
    // Rounded up, or the last hashes would be in fewer windows.
    long width = (WINDOW_MEMBERS * HASHES + count - 1) / count;
    for (int i = 0; i < DRAWS; i++) {
      // The window is a part of all there are, and not a remainder: a run that follows a rehearsal
      // draws nearly the same one though others have added or removed members since.
      long windows = HASHES + width - 1;
      long from = Math.unsignedMultiplyHigh(random.nextLong(), windows) - (width - 1);
      if (visit(walk, Math.max(0, from), from + width, random.nextInt(SLOTS), visitor)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Visits the member of a number among those from one hash up to another, if there are so many.
   */
  private boolean visit(ElementWalk walk, long from, long to, long number, Visitor visitor) {
    long before = number;
    for (seek(walk, from); walk.isValid() && hash(walk) < to; walk.next()) {
      if (before-- == 0) {
        visitor.visit(walk);
        return true;
      }
    }
    return false;
  }

  private void seek(ElementWalk walk, long fromHash) {
    byte[] key = elements.key(OWN_BYTES);
    key[Elements.PREFIX_BYTES] = PART;
    INT.set(key, HASH_OFFSET, (int) fromHash);
    walk.seek(key, Elements.PREFIX_BYTES + OWN_BYTES);
  }

  /**
   * Hands so many different members to {@code visitor}, each choice of as many with the same
   * likelihood, by one walk over all.
   *
   * @param count of the members that there are
   * @param wanted at most {@code count}
   */
  public void sample(long count, long wanted, Visitor visitor) {
    sample(count, wanted, _ -> true, visitor);
  }

  /**
   * As {@link #sample(long, long, Visitor)}, of some of the members.
   *
   * @param count of those
   * @param which tells them
   */
  public void sample(long count, long wanted, Predicate<ElementWalk> which, Visitor visitor) {
    RandomGenerator random = keyspace.random();
    long behind = count;
    long left = wanted;
    try (ElementWalk walk = walk()) {
      for (; left > 0; walk.next()) {
        if (!walk.isValid()) {
          throw new IllegalStateException(
              "a collection has fewer elements than the " + count + " it counts");
        }
        if (which.test(walk) && random.nextLong(behind--) < left) {
          visitor.visit(walk);
          left--;
        }
      }
    }
  }
}
