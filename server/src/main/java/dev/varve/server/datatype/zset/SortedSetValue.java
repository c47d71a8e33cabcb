package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.ElementView;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.collection.Draws;
import dev.varve.server.datatype.collection.HashedMembers;
import dev.varve.server.datatype.collection.MemberAlgebra;
import dev.varve.server.datatype.collection.Members;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.collection.StoredCollection;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * The sorted set that the selected key of a {@link Keyspace} holds. Packed, its members are {@link
 * PackedScores}, in their order; spread, each is kept twice: by its name, with its score ({@link
 * Members}), and by its score ({@link ScoreOrder}).
 *
 * <p>It is {@linkplain #find found}; members are {@linkplain #select selected}, {@linkplain
 * #findScore looked up} and changed; and if something has changed it is {@linkplain #store stored},
 * once. What goes by the order is in {@link #ranges}. Each thread that executes commands has one,
 * and nothing is allocated for what works on single members. Not thread-safe.
 */
public final class SortedSetValue {
  private static final int LISTPACK = 0;
  private static final int SKIP_LIST = 1;

  private static final ValueLayout.OfDouble DOUBLE_LAYOUT =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.BIG_ENDIAN);

  private final Keyspace keyspace;
  private final CollectionLimits limits;
  private final StoredCollection stored;
  private final Members members;
  private final PackedScores packed;
  private final ScoreOrder order;
  private final OrderEnds ends;
  private final RankTree ranks;
  private final RankRequests requests;
  private final SortedSetRanges ranges;

  // The selected member, and what was found of it.
  private byte[] member = new byte[64];
  private int memberLength;
  private boolean known;
  private double score;
  private int place;

  /**
   * Makes one for the keys of a keyspace.
   *
   * @param requests is told of sets whose ranks should be counted
   */
  public SortedSetValue(Keyspace keyspace, CollectionLimits limits, RankRequests requests) {
    this.requests = requests;
    this.keyspace = keyspace;
    this.limits = limits;
    this.stored = new StoredCollection(keyspace, ValueType.SORTED_SET);
    this.members = new Members(keyspace);
    this.packed = new PackedScores(stored.packed());
    this.order = new ScoreOrder(keyspace);
    this.ends = new OrderEnds(stored);
    this.ranks = new RankTree(keyspace, order, limits);
    this.ranges = new SortedSetRanges(keyspace, this, packed, order, ends, ranks, limits);
  }

  /**
   * Looks the selected key up; one that isn't there is a sorted set without members.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.WrongTypeException if it holds something else
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean find() {
    return found(stored.find());
  }

  private boolean found(boolean live) {
    if (stored.isSpread()) {
      ranks.load(stored.own(), ends.length(), stored.ownLength());
    } else {
      ranks.clear();
    }
    return live;
  }

  /** As {@link #find}, and counts the lookup as a hit or a miss. */
  public boolean findCounted() {
    return found(stored.findCounted());
  }

  /**
   * Begins one without members, that takes the place of whatever the selected key holds, which has
   * been looked up.
   */
  public void begin() {
    stored.begin();
    ranks.clear();
  }

  /** Says of one without members that Redis keeps it as a skip list. */
  public void beginSkipList() {
    stored.atLeast(SKIP_LIST);
  }

  /** Goes on with it after the elements of others were looked up. */
  public void goOn() {
    stored.goOn();
  }

  /** How many members it has. */
  public long count() {
    return stored.count();
  }

  /** Whether all of it is one value, and any number of its members is at hand. */
  public boolean isPacked() {
    return !stored.isSpread();
  }

  /** Whether Redis would keep it as a listpack. */
  public boolean isListpack() {
    return stored.encoding() == LISTPACK;
  }

  /** What goes by the order of its members. */
  public SortedSetRanges ranges() {
    return ranges;
  }

  /** Makes something the member that is worked on. */
  public void select(ByteBuf buffer, int offset, int length) {
    begin(length);
    buffer.getBytes(offset, member, 0, length);
  }

  /** Makes something the member that is worked on. */
  public void select(byte[] source, int offset, int length) {
    begin(length);
    System.arraycopy(source, offset, member, 0, length);
  }

  private void begin(int length) {
    if (member.length < length) {
      member = new byte[2 * length];
    }
    memberLength = length;
  }

  byte[] member() {
    return member;
  }

  int memberLength() {
    return memberLength;
  }

  // Reading

  /**
   * Looks the selected member up.
   *
   * @return whether it is there
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public boolean findScore() {
    known = stored.isSpread() ? findSpread() : findPacked();
    return known;
  }

  private boolean findPacked() {
    place = packed.find(member, memberLength);
    if (place == Packed.NONE) {
      return false;
    }
    score = packed.score(place);
    return true;
  }

  private boolean findSpread() {
    members.select(member, 0, memberLength);
    if (!members.find()) {
      return false;
    }
    Elements elements = stored.elements();
    score = scoreOf(elements.valueSegment(), elements.valueOffset(), elements.valueLength());
    return true;
  }

  private static double scoreOf(MemorySegment value, long offset, int length) {
    if (length != Double.BYTES) {
      throw new IllegalStateException("a member's score is damaged, or of a newer version");
    }
    return value.get(DOUBLE_LAYOUT, offset);
  }

  /** Returns the score of the member that was found. */
  public double score() {
    return score;
  }

  /** Hands all members to {@code visitor}, in no order. */
  private void forEachPacked(ScoredVisitor visitor) {
    Packed all = stored.packed();
    long visited = 0;
    for (int at = 0; at < all.end(); at = all.next(at)) {
      visit(at, visitor);
      visited++;
    }
    if (visited != count()) {
      throw new IllegalStateException("a sorted set of " + count() + " members has more or fewer");
    }
  }

  private void visit(int at, ScoredVisitor visitor) {
    visitor.visit(stored.packed().bytes(), packed.offset(at), packed.length(at), packed.score(at));
  }

  private static void visit(ElementView walk, ScoredVisitor visitor) {
    visitor.visit(
        walk.key(),
        Members.OFFSET,
        Members.length(walk),
        scoreOf(walk.valueSegment(), walk.valueOffset(), walk.valueLength()));
  }

  /** Adds the sorted set that was found to collections that are gone through side by side. */
  public void addTo(MemberAlgebra algebra) {
    if (stored.isSpread()) {
      algebra.addSpread(count(), stored.id(), true);
      return;
    }
    HashedMembers hashed = algebra.hashed(count(), stored.packed().end());
    forEachPacked(hashed::add);
    algebra.addPacked(hashed);
  }

  /**
   * Hands about so many members to {@code visitor}; all, if the set is packed. See {@link
   * Members#scan}.
   */
  public long scan(long cursor, long atLeast, ScoredVisitor visitor) {
    if (stored.isSpread()) {
      return members.scan(cursor, atLeast, walk -> visit(walk, visitor));
    }
    forEachPacked(visitor);
    return 0;
  }

  /** Hands a member to {@code visitor}, each with the same likelihood; there must be one. */
  public void random(ScoredVisitor visitor) {
    if (stored.isSpread()) {
      members.random(count(), walk -> visit(walk, visitor));
      return;
    }
    int at = 0;
    for (long i = keyspace.random().nextLong(count()); i > 0; i--) {
      at = stored.packed().next(at);
    }
    visit(at, visitor);
  }

  /** Hands so many members to {@code visitor}, each picked as by {@link #random(ScoredVisitor)}. */
  public void random(long picks, ScoredVisitor visitor) {
    if (stored.isSpread() && Draws.isWalk(count(), picks)) {
      new Draws<Scored>(
              keyspace,
              members,
              _ -> true,
              SortedSetValue::copy,
              each -> Scored.BYTES + (long) each.member().length)
          .pick(
              count(),
              picks,
              each -> visitor.visit(each.member(), 0, each.member().length, each.score()));
      return;
    }
    for (long i = 0; i < picks; i++) {
      random(visitor);
    }
  }

  private static Scored copy(ElementWalk walk) {
    byte[] member =
        Arrays.copyOfRange(walk.key(), Members.OFFSET, Members.OFFSET + Members.length(walk));
    return new Scored(scoreOf(walk.valueSegment(), walk.valueOffset(), walk.valueLength()), member);
  }

  /**
   * Hands so many different members to {@code visitor}, each choice of as many with the same
   * likelihood, by a walk over all.
   */
  public void sample(long wanted, ScoredVisitor visitor) {
    if (stored.isSpread()) {
      members.sample(count(), wanted, walk -> visit(walk, visitor));
      return;
    }
    RandomGenerator random = keyspace.random();
    int at = 0;
    long left = wanted;
    for (long rest = count(); left > 0; rest--) {
      if (random.nextLong(rest) < left) {
        visit(at, visitor);
        left--;
      }
      at = stored.packed().next(at);
    }
  }

  // Changing

  /** Gives the selected member, which has been looked up, a score. */
  public void put(double newScore) {
    if (!known
        && (memberLength > limits.sortedSetValueBytes()
            || count() + 1 > limits.sortedSetEntries())) {
      stored.atLeast(SKIP_LIST);
    }
    // A listpack has numbers as their digits, and a whole one has no sign if it is 0.
    double its = newScore == 0 && isListpack() ? 0 : newScore;
    if (stored.isSpread()) {
      putSpread(its);
    } else {
      putPacked(its);
    }
    if (!known) {
      stored.add(1);
      known = true;
    }
    score = its;
  }

  /** Adds the selected member, which isn't there. */
  public void add(double itsScore) {
    known = false;
    put(itsScore);
  }

  private void putPacked(double newScore) {
    if (known) {
      stored.packed().remove(place, 1);
    } else if (stored.packed().end() + (long) PackedScores.sizeOf(memberLength)
            > limits.packedBytes()
        || count() >= limits.packedEntries()) {
      spread();
      putSpread(newScore);
      return;
    }
    packed.insert(newScore, member, memberLength);
    stored.changed();
  }

  private void putSpread(double newScore) {
    if (known) {
      order.delete(score, member, 0, memberLength);
      ranks.moved(score, newScore, member, memberLength);
    } else {
      ranks.added(newScore, member, memberLength);
    }
    order.put(newScore, member, 0, memberLength);
    ends.added(newScore, member, memberLength);
    members.select(member, 0, memberLength);
    putMember(newScore);
  }

  private void putMember(double itsScore) {
    int at = members.put(Double.BYTES);
    DOUBLE.set(stored.batchBytes(), at, itsScore);
  }

  /** Makes each packed member an element of its own, two of them. */
  private void spread() {
    stored.spread();
    forEachPacked(
        (bytes, offset, length, its) -> {
          members.select(bytes, offset, length);
          putMember(its);
          order.put(its, bytes, offset, length);
        });
  }

  /**
   * Removes the selected member.
   *
   * @return whether it was there
   */
  public boolean remove() {
    if (!findScore()) {
      return false;
    }
    removeFound();
    return true;
  }

  private void removeFound() {
    if (stored.isSpread()) {
      members.select(member, 0, memberLength);
      members.delete();
      order.delete(score, member, 0, memberLength);
      ranks.removed(score, member, memberLength);
    } else {
      stored.packed().remove(place, 1);
      stored.changed();
    }
    known = false;
    stored.add(-1);
  }

  /** Removes a member that a walk has met. */
  void remove(Scored met) {
    select(met.member(), 0, met.member().length);
    if (stored.isSpread()) {
      score = met.score();
    } else if (!findScore()) {
      throw new IllegalStateException("a member isn't found where it was met");
    }
    removeFound();
  }

  /** Stores what has changed; a sorted set without members is no more. */
  public void store() {
    if (stored.isSpread() && count() > 0) {
      storeRanks();
    }
    stored.store();
  }

  private void storeRanks() {
    int from = limits.rankedFrom();
    if (ranks.isPresent() && (count() < from / 4 || ranks.stale() > 4 * count() + from)) {
      ranks.drop();
    }
    ranks.store();
    if (ranks.isHeadChanged()) {
      ends.begin();
      stored.changeOwn(ends.length() + ranks.headBytes());
      ranks.writeHead(stored.own(), ends.length());
    }
  }

  // Ranks

  /** Notes that somebody asks for a rank that is far from both ends. */
  void wantsRanks() {
    boolean isFresh = ranks.isComplete() && ranks.stale() <= 2 * count();
    if (count() >= limits.rankedFrom() && !isFresh) {
      requests.want(keyspace, stored.id());
    }
  }

  /**
   * Goes on with counting ranks: a step of its own, on nobody's behalf.
   *
   * @param engineKey of the set
   * @param id the set's; if the key has another one, or none, there is nothing to do
   * @param most about how many members are counted now
   * @return whether there is more to do
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows them
   */
  public boolean countRanks(byte[] engineKey, long id, int most) {
    keyspace.selectEngineKey(engineKey);
    boolean isSet = keyspace.find() && keyspace.selected().type() == ValueType.SORTED_SET;
    if (!isSet || !find() || isPacked() || stored.id() != id || count() < limits.rankedFrom()) {
      return false;
    }
    ranks.used();
    if (!ranks.isPresent()) {
      ranks.begin();
    }
    if (!ranks.isComplete()) {
      ranks.extend(most);
    }
    store();
    return !ranks.isComplete();
  }
}
