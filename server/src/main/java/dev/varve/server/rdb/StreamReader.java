package dev.varve.server.rdb;

/**
 * Reads a stream:
 *
 * <pre>
 * stream   := nodes | (first id as a string | listpack as a string)* | entries | last id
 *             | [first id | greatest deleted id | entries ever added]
 *             | groups | group*
 * group    := name | last id | [entries read] | pending | (id:16 bytes | ms:i64 | deliveries)*
 *             | consumers | consumer*
 * consumer := name | seen ms:i64 | [active ms:i64] | pending | (id:16 bytes)*
 *
 * listpack := live | deleted | fields | field* | 0 | entry*
 * entry    := flags | ms after the first id | sequence after it
 *             | ([fields] | [field] value ...) | how many elements before this
 * </pre>
 *
 * <p>Numbers and ids are written as lengths are. An entry either has as many fields of the same
 * names as the listpack begins with, or names its own. Not thread-safe.
 */
final class StreamReader {
  static final int DELETED = 1;
  static final int SAME_FIELDS = 2;

  /** Elements of an entry beside its fields: flags, and the two parts of its id. */
  static final int BESIDE_FIELDS = 3;

  private static final int ID_BYTES = 2 * Long.BYTES;

  private final RdbInput in;
  private final boolean counts;
  private final boolean activity;
  private final StreamVisitor visitor;
  private final RdbString blob = new RdbString();
  private final RdbString one = new RdbString();
  private ListpackEntries entries;
  private EntryId last = new EntryId(0, 0);
  private long all;

  // The node that is being read.
  private EntryId first;
  private long masterFields;
  private ListpackEntries master;
  private long live;
  private long dead;

  StreamReader(RdbInput in, int type, StreamVisitor visitor) {
    this.in = in;
    this.counts = type != RdbType.STREAM_LISTPACKS;
    this.activity = type == RdbType.STREAM_LISTPACKS_3;
    this.visitor = visitor;
  }

  void read() {
    for (long nodes = in.length(); nodes > 0; nodes--) {
      node();
    }
    state();
    for (long groups = in.length(); groups > 0; groups--) {
      group();
    }
  }

  private static void check(boolean good, String what) {
    if (!good) {
      throw new BadFormatException(what);
    }
  }

  // Entries

  private void node() {
    in.string(one);
    check(one.length() == ID_BYTES, "a node of a stream without an id");
    first = EntryId.ofBytes(new RdbInput(one));
    check(first.isBehind(last), "nodes of a stream out of order");
    in.string(blob);
    entries = new ListpackEntries(blob);
    long declaredLive = number();
    long declaredDead = number();
    masterFields = fields();
    master = new ListpackEntries(entries);
    for (long i = 0; i < masterFields; i++) {
      next();
    }
    check(number() == 0, "a node of a stream without entries");
    live = 0;
    dead = 0;
    while (entries.next(one)) {
      entry(one.number());
    }
    check(live == declaredLive && dead == declaredDead, "a node of a stream of another count");
    all += live;
    if (live > 0) {
      visitor.endNode(first, live, dead, last, blob.length());
    }
  }

  private RdbString next() {
    check(entries.next(one), "a node of a stream that ends too early");
    return one;
  }

  private long number() {
    return next().number();
  }

  private long fields() {
    long fields = number();
    check(fields >= 0 && fields <= Integer.MAX_VALUE, "an entry of a stream without fields");
    return fields;
  }

  private void entry(long flags) {
    EntryId id = new EntryId(first.millis() + number(), first.sequence() + number());
    check(id.isBehind(last) && !first.isBehind(id), "entries of a stream out of order");
    last = id;
    boolean same = (flags & SAME_FIELDS) != 0;
    boolean deleted = (flags & DELETED) != 0;
    long fields = same ? masterFields : fields();
    if (deleted) {
      dead++;
    } else {
      live++;
      visitor.beginEntry(id, fields);
    }
    ListpackEntries names = same ? new ListpackEntries(master) : entries;
    for (long i = 0; i < fields; i++) {
      check(names.next(one), "a node of a stream that ends too early");
      part(deleted);
      next();
      part(deleted);
    }
    if (!deleted) {
      visitor.endEntry();
    }
    check(
        number() == (same ? fields : 2 * fields + 1) + BESIDE_FIELDS,
        "an entry of a stream of another length");
  }

  private void part(boolean deleted) {
    if (!deleted) {
      visitor.part(one);
    }
  }

  private void state() {
    check(in.length() == all, "a stream of another length");
    EntryId generated = EntryId.ofLengths(in);
    check(!last.isBehind(generated), "a stream with entries behind its last id");
    EntryId deleted = new EntryId(0, 0);
    long added = all;
    if (counts) {
      EntryId.ofLengths(in);
      deleted = EntryId.ofLengths(in);
      added = in.length();
    }
    visitor.endEntries(generated, deleted, added);
  }

  // Groups

  private void group() {
    in.string(blob);
    EntryId given = EntryId.ofLengths(in);
    long read = counts ? in.unsigned() : StreamVisitor.NOT_TOLD;
    check(!counts || read >= StreamVisitor.UNKNOWN, "a group that has read too much");
    check(visitor.beginGroup(blob, given, read), "a group that is there twice");
    for (long pending = in.length(); pending > 0; pending--) {
      EntryId id = EntryId.ofBytes(in);
      long millis = time();
      check(visitor.pending(id, millis, in.length()), "an entry that is pending twice");
    }
    for (long consumers = in.length(); consumers > 0; consumers--) {
      consumer();
    }
    check(visitor.endGroup(), "an entry that is pending and nobody's");
  }

  private long time() {
    long millis = in.i64();
    check(millis >= 0, "a time that is none");
    return millis;
  }

  private void consumer() {
    in.string(blob);
    long seen = time();
    if (activity) {
      in.i64();
    }
    check(visitor.consumer(blob, seen), "a consumer that is there twice");
    for (long pending = in.length(); pending > 0; pending--) {
      check(visitor.owns(EntryId.ofBytes(in)), "an entry that is another's");
    }
  }
}
