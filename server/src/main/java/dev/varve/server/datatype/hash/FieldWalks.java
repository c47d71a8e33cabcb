package dev.varve.server.datatype.hash;

import dev.varve.server.datatype.ElementView;
import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.Draws;
import dev.varve.server.datatype.collection.Members;
import dev.varve.server.datatype.collection.Packed;
import dev.varve.server.datatype.collection.StoredCollection;
import dev.varve.server.datatype.hash.HashValue.Visitor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * Ways through the fields of a {@link HashValue}, be it packed or spread. Those past their deadline
 * are passed. Not thread-safe.
 */
final class FieldWalks {
  /** Where less than one of so many fields is alive, one is picked by a walk over all. */
  private static final int MOST_DEAD_A_LIVE = 8;

  /** Longer values aren't copied to be shown later. */
  private static final int MOST_HELD = 1 << 16;

  private final Keyspace keyspace;
  private final StoredCollection stored;
  private final Members fields;
  private final HashValue hash;
  private final FieldValue value;

  FieldWalks(
      Keyspace keyspace,
      StoredCollection stored,
      Members fields,
      HashValue hash,
      FieldValue value) {
    this.keyspace = keyspace;
    this.stored = stored;
    this.fields = fields;
    this.hash = hash;
    this.value = value;
  }

  void forEach(Visitor visitor) {
    long visited = 0;
    long dead = 0;
    if (stored.isSpread()) {
      try (ElementWalk walk = fields.walk()) {
        for (; walk.isValid() && visited <= stored.count(); walk.next()) {
          dead += visit(walk, visitor) ? 0 : 1;
          visited++;
        }
      }
    } else {
      Packed packed = stored.packed();
      for (int place = 0; place < packed.end(); place = hash.behind(place)) {
        dead += visit(place, visitor) ? 0 : 1;
        visited++;
      }
    }
    if (visited != stored.count() || visited - dead != hash.count()) {
      throw new IllegalStateException("a hash of " + stored.count() + " fields has more or fewer");
    }
  }

  /** Hands a field over if it is alive; returns whether it is. */
  private boolean visit(int place, Visitor visitor) {
    if (!hash.isLive(place)) {
      return false;
    }
    Packed packed = stored.packed();
    visitor.visit(
        packed.bytes(),
        packed.start(place),
        packed.length(place),
        value.segment(),
        value.offset(),
        value.length());
    return true;
  }

  /** Hands a field over if it is alive; returns whether it is. */
  private boolean visit(ElementView walk, Visitor visitor) {
    if (!isLive(walk)) {
      return false;
    }
    visitor.visit(
        walk.key(),
        Members.OFFSET,
        Members.length(walk),
        value.segment(),
        value.offset(),
        value.length());
    return true;
  }

  private boolean isLive(ElementView walk) {
    value.flagged(walk.valueSegment(), walk.valueOffset(), walk.valueLength());
    return value.isLive();
  }

  long scan(long cursor, long atLeast, Visitor visitor) {
    if (stored.isSpread()) {
      return fields.scan(cursor, atLeast, walk -> visit(walk, visitor));
    }
    forEach(visitor);
    return 0;
  }

  void random(Visitor visitor) {
    long live = hash.count();
    if (!stored.isSpread() || stored.count() / MOST_DEAD_A_LIVE >= live) {
      sample(1, visitor);
      return;
    }
    boolean[] met = new boolean[1];
    while (!met[0]) {
      fields.random(stored.count(), walk -> met[0] = visit(walk, visitor));
    }
  }

  /**
   * A field and its value, apart from where they stand.
   *
   * @param value null: it is long, and looked up once more when it is wanted
   */
  private record Held(byte[] field, byte[] value) {
    private static final int BYTES = 80;

    long bytes() {
      return BYTES + (long) field.length + (value == null ? 0 : value.length);
    }
  }

  private void show(Held held, Visitor visitor) {
    byte[] field = held.field();
    byte[] its = held.value();
    if (its != null) {
      visitor.visit(field, 0, field.length, MemorySegment.ofArray(its), 0, its.length);
    } else if (hash.find(field)) {
      visitor.visit(field, 0, field.length, value.segment(), value.offset(), value.length());
    } else {
      throw new IllegalStateException("a field that a walk has met isn't found");
    }
  }

  /** Keeps a live field that was looked at. */
  private Held hold(ElementWalk walk) {
    byte[] field =
        Arrays.copyOfRange(walk.key(), Members.OFFSET, Members.OFFSET + Members.length(walk));
    return new Held(field, value.length() > MOST_HELD ? null : value.copy());
  }

  void random(long picks, Visitor visitor) {
    if (stored.isSpread() && Draws.isWalk(stored.count(), picks)) {
      keyspace.needTime(stored.count());
      new Draws<>(keyspace, fields, this::isLive, this::hold, Held::bytes)
          .pick(hash.count(), picks, held -> show(held, visitor));
      return;
    }
    for (long i = 0; i < picks; i++) {
      random(visitor);
    }
  }

  void sample(long wanted, Visitor visitor) {
    long live = hash.count();
    if (stored.isSpread()) {
      keyspace.needTime(stored.count() == live ? 0 : stored.count());
      fields.sample(live, wanted, this::isLive, walk -> visit(walk, visitor));
      return;
    }
    RandomGenerator random = keyspace.random();
    int place = 0;
    long left = wanted;
    for (long rest = live; left > 0; place = hash.behind(place)) {
      if (hash.isLive(place) && random.nextLong(rest--) < left) {
        visit(place, visitor);
        left--;
      }
    }
  }
}
