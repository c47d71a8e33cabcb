package dev.varve.server.datatype.collection;

import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Intersection, union and difference of sets and sorted sets. All spread collections are in one
 * order, that of their members' hash, so they are gone through side by side, and nothing is
 * gathered: what comes out is shown as it comes. Packed ones are put in that order beside them.
 * Where one is much larger than the other, members are looked up in it instead, and if all are
 * packed in each of them.
 *
 * <p>Members of sets have the score 1. What the scores come to that a member has in several
 * collections is {@link Scoring}.
 *
 * <p>Collections are added as they are found, one after another. What is shown may be added to
 * another collection meanwhile. Not thread-safe.
 */
public final class MemberAlgebra {
  /** Looking a member up takes about as long as passing so many. */
  private static final int PASSED_PER_LOOKUP = 20;

  /** Room isn't made for more members of a packed collection before they are there. */
  private static final int MOST_EXPECTED = 1024;

  private static final ValueLayout.OfDouble DOUBLE =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

  private final Keyspace keyspace;
  private final List<Operand> operands = new ArrayList<>();
  private long members;

  /** Makes one for the collections of a keyspace. */
  public MemberAlgebra(Keyspace keyspace) {
    this.keyspace = keyspace;
  }

  /**
   * A collection.
   *
   * @param number how many were added before it
   * @param hashed its members, if it is packed; else null
   * @param scored whether elements of a spread one have scores
   * @param databaseId where the elements of a spread one are
   * @param id where the elements of a spread one are
   */
  private record Operand(
      int number, long count, HashedMembers hashed, boolean scored, int databaseId, long id) {}

  /**
   * Returns what the members of a packed collection are added to, before they {@linkplain
   * #addPacked are added} here.
   *
   * @param count how many there are, about
   * @param theirBytes how many bytes they have together, about
   */
  public HashedMembers hashed(long count, int theirBytes) {
    return new HashedMembers(
        keyspace.transaction().memberHash(), (int) Math.min(count, MOST_EXPECTED), theirBytes);
  }

  /** Adds a collection without members. */
  public void addEmpty() {
    addPacked(hashed(0, 0));
  }

  /** Adds a packed collection, which may have no members. */
  public void addPacked(HashedMembers its) {
    members += its.count();
    operands.add(new Operand(operands.size(), its.count(), its, false, 0, 0));
  }

  /**
   * Adds a spread collection of the selected key.
   *
   * @param scored whether what its members have is their score
   */
  public void addSpread(long count, long id, boolean scored) {
    members += count;
    operands.add(
        new Operand(operands.size(), count, null, scored, keyspace.selected().databaseId(), id));
  }

  /** How many members all collections have together. */
  public long members() {
    return members;
  }

  /** Whether one of the collections has no members. */
  public boolean hasEmpty() {
    return operands.stream().anyMatch(operand -> operand.count == 0);
  }

  private List<Operand> bySize() {
    List<Operand> bySize = new ArrayList<>(operands);
    bySize.sort(Comparator.comparingLong(Operand::count));
    return bySize;
  }

  /** Shows what all collections have, up to so many. */
  public void intersect(long most, Scoring scoring, ScoredVisitor visitor) {
    List<Operand> bySize = bySize();
    Operand smallest = bySize.getFirst();
    if (areAllPacked()) {
      intersectPacked(bySize, most, scoring, visitor);
      return;
    }
    long left = most;
    try (Streams streams = new Streams()) {
      MemberStream least = streams.open(smallest);
      List<Side> others = streams.beside(smallest, bySize.subList(1, bySize.size()));
      for (; left > 0 && least.isValid(); least.next()) {
        if (allHave(others, least)) {
          double score = scoring.first(smallest.number, least.score());
          for (int i = 0; i < others.size(); i++) {
            int number = bySize.get(i + 1).number;
            score = scoring.and(score, scoring.weighted(number, others.get(i).score()));
          }
          show(least, score, visitor);
          left--;
        }
      }
    }
  }

  private boolean areAllPacked() {
    return operands.stream().allMatch(operand -> operand.hashed != null);
  }

  private static void intersectPacked(
      List<Operand> bySize, long most, Scoring scoring, ScoredVisitor visitor) {
    Operand smallest = bySize.getFirst();
    HashedMembers least = smallest.hashed;
    long left = most;
    for (int place = 0; place < least.count() && left > 0; place++) {
      double score = scoring.first(smallest.number, least.score(place));
      int hash = least.quickHash(place);
      int found = 0;
      for (int i = 1; i < bySize.size() && found >= 0; i++) {
        Operand other = bySize.get(i);
        found = other.hashed.find(least, place, hash);
        if (found >= 0) {
          score = scoring.and(score, scoring.weighted(other.number, other.hashed.score(found)));
        }
      }
      if (found >= 0) {
        least.show(place, score, visitor);
        left--;
      }
    }
  }

  private static void show(MemberStream at, double score, ScoredVisitor visitor) {
    int from = at.from() + MemberStream.HASH_BYTES;
    visitor.visit(at.bytes(), from, at.to() - from, score);
  }

  private static boolean allHave(List<Side> sides, MemberStream at) {
    for (int i = 0; i < sides.size(); i++) {
      if (!sides.get(i).has(at)) {
        return false;
      }
    }
    return true;
  }

  /** Shows what the first collection has and no other, with the scores that it has there. */
  public void subtract(ScoredVisitor visitor) {
    Operand first = operands.getFirst();
    if (first.count == 0) {
      return;
    }
    if (areAllPacked()) {
      subtractPacked(visitor);
      return;
    }
    try (Streams streams = new Streams()) {
      MemberStream from = streams.open(first);
      List<Side> others = streams.beside(first, operands.subList(1, operands.size()));
      for (; from.isValid(); from.next()) {
        if (!oneHas(others, from)) {
          show(from, from.score(), visitor);
        }
      }
    }
  }

  private void subtractPacked(ScoredVisitor visitor) {
    HashedMembers first = operands.getFirst().hashed;
    for (int place = 0; place < first.count(); place++) {
      int hash = first.quickHash(place);
      boolean found = false;
      for (int i = 1; i < operands.size() && !found; i++) {
        found = operands.get(i).hashed.find(first, place, hash) >= 0;
      }
      if (!found) {
        first.show(place, first.score(place), visitor);
      }
    }
  }

  /**
   * Whether Redis would make the difference of sets from a copy of the first one, as it has many
   * members for what is taken away: the encoding of what is stored then tells of that copy.
   */
  public boolean isTakenFromCopy() {
    long sets = operands.stream().filter(operand -> operand.count > 0).count();
    return sets * operands.getFirst().count / 2 > members;
  }

  /** Shows all that the first collection has. */
  public void showFirst(ScoredVisitor visitor) {
    try (Streams streams = new Streams()) {
      MemberStream first = streams.open(operands.getFirst());
      for (; first.isValid(); first.next()) {
        show(first, first.score(), visitor);
      }
    }
  }

  private static boolean oneHas(List<Side> sides, MemberStream at) {
    for (int i = 0; i < sides.size(); i++) {
      if (sides.get(i).has(at)) {
        return true;
      }
    }
    return false;
  }

  /** A collection that is gone through for a union; equal members in the order of sizes. */
  private record Source(MemberStream stream, int place, int number) implements Comparable<Source> {
    @Override
    public int compareTo(Source other) {
      int order = stream.compareTo(other.stream);
      return order != 0 ? order : Integer.compare(place, other.place);
    }
  }

  /** Shows what any of the collections has. */
  public void unite(Scoring scoring, ScoredVisitor visitor) {
    try (Streams streams = new Streams()) {
      PriorityQueue<Source> queue = new PriorityQueue<>();
      List<Operand> bySize = bySize();
      for (int i = 0; i < bySize.size(); i++) {
        MemberStream stream = streams.open(bySize.get(i));
        if (stream.isValid()) {
          queue.add(new Source(stream, i, bySize.get(i).number));
        }
      }
      Pending pending = new Pending();
      while (!queue.isEmpty()) {
        Source least = queue.poll();
        MemberStream stream = least.stream;
        double score = scoring.first(least.number, stream.score());
        if (pending.is(stream)) {
          pending.score = scoring.and(pending.score, score);
        } else {
          pending.show(visitor);
          pending.set(stream, score);
        }
        stream.next();
        if (stream.isValid()) {
          queue.add(least);
        }
      }
      pending.show(visitor);
    }
  }

  /** The member that a union has come to, until all that have it were asked. */
  private static final class Pending {
    private byte[] bytes = {};
    private int length = -1;
    private double score;

    boolean is(MemberStream stream) {
      return length >= 0
          && Arrays.equals(bytes, 0, length, stream.bytes(), stream.from(), stream.to());
    }

    void set(MemberStream stream, double its) {
      length = stream.to() - stream.from();
      if (bytes.length < length) {
        bytes = new byte[2 * length];
      }
      System.arraycopy(stream.bytes(), stream.from(), bytes, 0, length);
      score = its;
    }

    void show(ScoredVisitor visitor) {
      if (length >= 0) {
        visitor.visit(bytes, MemberStream.HASH_BYTES, length - MemberStream.HASH_BYTES, score);
      }
    }
  }

  /** Tells of members that come in their order whether a collection has them, too. */
  private interface Side {
    boolean has(MemberStream at);

    /** The score of a member that it has. */
    double score();
  }

  /** A collection that is gone through beside. */
  private record Beside(MemberStream stream) implements Side {
    @Override
    public boolean has(MemberStream at) {
      int wanted = at.hash();
      for (; stream.isValid(); stream.next()) {
        int order = Integer.compareUnsigned(stream.hash(), wanted);
        if (order == 0) {
          order = stream.compareMember(at);
        }
        if (order >= 0) {
          return order == 0;
        }
      }
      return false;
    }

    @Override
    public double score() {
      return stream.score();
    }
  }

  /** A collection that members are looked up in. */
  private final class LookedUp implements Side {
    private final Operand operand;
    private final Members others = new Members(keyspace);
    private double score = MemberStream.SET_SCORE;

    LookedUp(Operand operand) {
      this.operand = operand;
    }

    @Override
    public boolean has(MemberStream at) {
      int from = at.from() + MemberStream.HASH_BYTES;
      Elements elements = keyspace.elements();
      elements.of(operand.databaseId, operand.id);
      others.select(at.bytes(), from, at.to() - from);
      boolean found = others.find();
      if (found && operand.scored) {
        score = elements.valueSegment().get(DOUBLE, elements.valueOffset());
      }
      return found;
    }

    @Override
    public double score() {
      return score;
    }
  }

  /** What is open. */
  private final class Streams implements AutoCloseable {
    private final List<MemberStream> open = new ArrayList<>();

    MemberStream open(Operand operand) {
      if (operand.hashed == null) {
        keyspace.elements().of(operand.databaseId, operand.id);
      } else {
        operand.hashed.sort();
      }
      MemberStream stream =
          operand.hashed == null
              ? MemberStream.over(new Members(keyspace).walk(), operand.scored)
              : MemberStream.over(operand.hashed);
      open.add(stream);
      return stream;
    }

    List<Side> beside(Operand gone, List<Operand> others) {
      List<Side> sides = new ArrayList<>();
      for (Operand other : others) {
        boolean isLarge = other.hashed == null && other.count / PASSED_PER_LOOKUP > gone.count;
        sides.add(isLarge ? new LookedUp(other) : new Beside(open(other)));
      }
      return sides;
    }

    @Override
    public void close() {
      open.forEach(MemberStream::close);
    }
  }
}
