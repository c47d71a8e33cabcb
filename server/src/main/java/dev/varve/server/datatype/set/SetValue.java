package dev.varve.server.datatype.set;

import dev.varve.server.datatype.ElementView;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.Draws;
import dev.varve.server.datatype.collection.HashedMembers;
import dev.varve.server.datatype.collection.MemberAlgebra;
import dev.varve.server.datatype.collection.Members;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.server.datatype.collection.StoredCollection;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The set that the selected key of a {@link Keyspace} holds. Packed, its members ascend while all
 * of them spell integers, and are in the order in which they came otherwise; spread, they are
 * {@link Members} without a value.
 *
 * <p>It is {@linkplain #find found}; members are {@linkplain #select selected}, asked for and
 * changed; and if something has changed it is {@linkplain #store stored}, once. Each thread that
 * executes commands has one, and nothing is allocated for what works on single members. Not
 * thread-safe.
 */
public final class SetValue {
  private static final int HASH_TABLE = 1;

  /** Heap that a member takes beside its bytes. */
  private static final int MEMBER_BYTES = 32;

  private final Keyspace keyspace;
  private final CollectionLimits limits;
  private final StoredCollection stored;
  private final Members members;

  /** Makes one for the keys of a keyspace. */
  public SetValue(Keyspace keyspace, CollectionLimits limits) {
    this.keyspace = keyspace;
    this.limits = limits;
    this.stored = new StoredCollection(keyspace, ValueType.SET);
    this.members = new Members(keyspace);
  }

  /** Takes a member. */
  @FunctionalInterface
  public interface Visitor {
    /** Takes one; its bytes are valid until it returns. */
    void visit(byte[] bytes, int offset, int length);
  }

  /**
   * Looks the selected key up; one that isn't there is a set without members.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return stored.find();
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return stored.findCounted();
  }

  /**
   * Begins a set without members, that takes the place of whatever the selected key holds, which
   * has been looked up.
   */
  public void begin() {
    stored.begin();
  }

  /** Goes on with it after the elements of other sets were looked up. */
  public void goOn() {
    stored.goOn();
  }

  /** Adds the set that was found to collections that are gone through side by side. */
  public void addTo(MemberAlgebra algebra) {
    if (stored.isSpread()) {
      algebra.addSpread(count(), stored.id(), false);
      return;
    }
    HashedMembers hashed = algebra.hashed(count(), stored.packed().end());
    forEachPacked(hashed::add);
    algebra.addPacked(hashed);
  }

  /** How many members it has. */
  public long count() {
    return stored.count();
  }

  /** Whether all of it is one value, and any number of its members is at hand. */
  public boolean isPacked() {
    return !stored.isSpread();
  }

  /** Makes something the member that is worked on. */
  public void select(ByteBuf buffer, int offset, int length) {
    members.select(buffer, offset, length);
  }

  /** Makes something the member that is worked on. */
  public void select(byte[] source, int offset, int length) {
    members.select(source, offset, length);
  }

  // Reading

  /**
   * Returns whether the selected member is one.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean contains() {
    return stored.isSpread() ? members.find() : place() != Packed.NONE;
  }

  private int place() {
    return stored.packed().find(members.bytes(), Members.OFFSET, members.length(), 1);
  }

  /**
   * Hands all members to {@code visitor}: as many as there are by {@link #count}.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read
   */
  public void forEach(Visitor visitor) {
    if (!stored.isSpread()) {
      forEachPacked(visitor);
      return;
    }
    long visited = 0;
    try (ElementWalk walk = members.walk()) {
      for (; walk.isValid() && visited <= count(); walk.next()) {
        visit(walk, visitor);
        visited++;
      }
    }
    check(visited);
  }

  private void forEachPacked(Visitor visitor) {
    Packed packed = stored.packed();
    long visited = 0;
    for (int place = 0; place < packed.end(); ) {
      int length = packed.length(place);
      int behind = place + Packed.sizeOf(length);
      visitor.visit(packed.bytes(), behind - length, length);
      place = behind;
      visited++;
    }
    check(visited);
  }

  private void check(long visited) {
    if (visited != count()) {
      throw new IllegalStateException("a set of " + count() + " members has more or fewer");
    }
  }

  private void visit(int place, Visitor visitor) {
    Packed packed = stored.packed();
    visitor.visit(packed.bytes(), packed.start(place), packed.length(place));
  }

  private static void visit(ElementView walk, Visitor visitor) {
    visitor.visit(walk.key(), Members.OFFSET, Members.length(walk));
  }

  /**
   * Hands about so many members to {@code visitor}; all, if the set is packed. See {@link
   * Members#scan}.
   */
  public long scan(long cursor, long atLeast, Visitor visitor) {
    if (stored.isSpread()) {
      return members.scan(cursor, atLeast, walk -> visit(walk, visitor));
    }
    forEachPacked(visitor);
    return 0;
  }

  /** Hands a member to {@code visitor}, each with the same likelihood; there must be one. */
  public void random(Visitor visitor) {
    if (stored.isSpread()) {
      members.random(count(), walk -> visit(walk, visitor));
      return;
    }
    int place = 0;
    for (long i = keyspace.random().nextLong(count()); i > 0; i--) {
      place = stored.packed().next(place);
    }
    visit(place, visitor);
  }

  /** Hands so many members to {@code visitor}, each picked as by {@link #random(Visitor)}. */
  public void random(long picks, Visitor visitor) {
    if (stored.isSpread() && Draws.isWalk(count(), picks)) {
      new Draws<byte[]>(
              keyspace,
              members,
              _ -> true,
              walk ->
                  Arrays.copyOfRange(
                      walk.key(), Members.OFFSET, Members.OFFSET + Members.length(walk)),
              member -> MEMBER_BYTES + (long) member.length)
          .pick(count(), picks, member -> visitor.visit(member, 0, member.length));
      return;
    }
    for (long i = 0; i < picks; i++) {
      random(visitor);
    }
  }

  /**
   * Hands so many different members to {@code visitor}, each choice of as many with the same
   * likelihood, by a walk over all.
   */
  public void sample(long wanted, Visitor visitor) {
    if (stored.isSpread()) {
      members.sample(count(), wanted, walk -> visit(walk, visitor));
      return;
    }
    RandomGenerator random = keyspace.random();
    int place = 0;
    long left = wanted;
    for (long rest = count(); left > 0; rest--) {
      if (random.nextLong(rest) < left) {
        visit(place, visitor);
        left--;
      }
      place = stored.packed().next(place);
    }
  }

  // Changing

  /**
   * Adds the selected member.
   *
   * @param isInteger whether it spells an integer of 64 bits, as such are spelt
   * @return whether it wasn't there before
   */
  public boolean add(boolean isInteger) {
    boolean integer = isInteger && stored.encoding() < HASH_TABLE;
    boolean added = stored.isSpread() ? addSpread() : addPacked(integer);
    if (added) {
      stored.add(1);
      if (!integer || count() > limits.intSetEntries()) {
        stored.atLeast(HASH_TABLE);
      }
    }
    return added;
  }

  /**
   * Says that Redis would have had another member in the set, which was taken away again: encodings
   * never step back.
   *
   * @param isInteger whether it spells an integer of 64 bits
   * @param most how many there were together at most
   */
  public void had(boolean isInteger, long most) {
    if (!isInteger || most > limits.intSetEntries()) {
      stored.atLeast(HASH_TABLE);
    }
  }

  private boolean addSpread() {
    if (members.find()) {
      return false;
    }
    members.put(0);
    return true;
  }

  private boolean addPacked(boolean integer) {
    if (place() != Packed.NONE) {
      return false;
    }
    Packed packed = stored.packed();
    int length = members.length();
    if (packed.end() + (long) Packed.sizeOf(length) > limits.packedBytes()
        || count() >= limits.packedEntries()) {
      spread();
      members.put(0);
      return true;
    }
    int at = packed.insert(integer ? placeOfInteger() : packed.end(), length);
    System.arraycopy(members.bytes(), Members.OFFSET, packed.bytes(), at, length);
    stored.changed();
    return true;
  }

  /** Where among packed integers the selected one belongs. */
  private int placeOfInteger() {
    Packed packed = stored.packed();
    int place = 0;
    while (place < packed.end() && isLess(packed.start(place), packed.length(place))) {
      place = packed.next(place);
    }
    return place;
  }

  /**
   * Whether a packed integer is less than the selected one; neither has more digits than it must.
   */
  private boolean isLess(int start, int length) {
    byte[] packed = stored.packed().bytes();
    byte[] selected = members.bytes();
    boolean negative = packed[start] == '-';
    if (negative != (selected[Members.OFFSET] == '-')) {
      return negative;
    }
    int order =
        length != members.length()
            ? Integer.compare(length, members.length())
            : Arrays.compareUnsigned(
                packed, start, start + length, selected, Members.OFFSET, Members.OFFSET + length);
    return negative ? order > 0 : order < 0;
  }

  /** Makes each packed member an element of its own. */
  private void spread() {
    byte[] selected =
        Arrays.copyOfRange(members.bytes(), Members.OFFSET, Members.OFFSET + members.length());
    stored.spread();
    Packed packed = stored.packed();
    for (int place = 0; place < packed.end(); place = packed.next(place)) {
      select(packed.bytes(), packed.start(place), packed.length(place));
      members.put(0);
    }
    select(selected, 0, selected.length);
  }

  /**
   * Removes the selected member.
   *
   * @return whether it was there
   */
  public boolean remove() {
    if (stored.isSpread()) {
      if (!members.find()) {
        return false;
      }
      members.delete();
    } else {
      int place = place();
      if (place == Packed.NONE) {
        return false;
      }
      stored.packed().remove(place, 1);
      stored.changed();
    }
    stored.add(-1);
    return true;
  }

  /** Stores what has changed; a set without members is no more. */
  public void store() {
    stored.store();
  }
}
