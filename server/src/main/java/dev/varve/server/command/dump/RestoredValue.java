package dev.varve.server.command.dump;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.datatype.zset.SortedSetValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.rdb.RdbString;
import dev.varve.server.rdb.StreamVisitor;
import dev.varve.server.rdb.ValueVisitor;

/** Gives the selected key, which has been looked up, what is read. */
final class RestoredValue implements ValueVisitor {
  private final CommandContext context;
  private final Keyspace keyspace;

  /** About how many elements a collection has, to know where it takes its time. */
  private final long elements;

  private Runnable store = () -> {};

  RestoredValue(CommandContext context, long elements) {
    this.context = context;
    this.keyspace = context.keyspace();
    this.elements = elements;
  }

  /** Stores the collection that was read to its end. */
  void store() {
    store.run();
  }

  @Override
  public void string(RdbString value) {
    Arguments.checkValueLength(context, value.length());
    int at = keyspace.reserve(KeyLayout.NO_DEADLINE, value.length());
    value.buffer().getBytes(value.offset(), keyspace.batchBytes(), at, value.length());
  }

  @Override
  public void beginList() {
    ListValue list = context.list();
    begin(list::begin, list::store);
  }

  private void begin(Runnable begin, Runnable end) {
    keyspace.needTime(elements);
    begin.run();
    store = end;
  }

  @Override
  public void element(RdbString element) {
    Arguments.checkValueLength(context, element.length());
    ListValue list = context.list();
    list.select(element.buffer(), element.offset(), element.length());
    list.push(false);
  }

  @Override
  public void beginSet() {
    SetValue set = context.set();
    begin(set::begin, set::store);
  }

  @Override
  public boolean member(RdbString member) {
    Arguments.checkNameLength(context, "member", member.length());
    SetValue set = context.set();
    set.select(member.buffer(), member.offset(), member.length());
    return set.add(member.isLong());
  }

  @Override
  public void beginSortedSet() {
    SortedSetValue set = context.sortedSet();
    begin(set::begin, set::store);
  }

  @Override
  public boolean member(RdbString member, double score) {
    Arguments.checkNameLength(context, "member", member.length());
    SortedSetValue set = context.sortedSet();
    set.select(member.buffer(), member.offset(), member.length());
    if (set.findScore()) {
      return false;
    }
    set.add(score);
    return true;
  }

  @Override
  public void beginHash() {
    HashValue hash = context.hash();
    begin(hash::begin, hash::store);
  }

  @Override
  public StreamVisitor stream() {
    StreamValue stream = context.stream();
    begin(stream::create, stream::store);
    return new RestoredStream(context);
  }

  @Override
  public boolean field(RdbString field, RdbString value, long deadline) {
    Arguments.checkNameLength(context, "field", field.length());
    Arguments.checkValueLength(context, value.length());
    HashValue hash = context.hash();
    hash.select(field.buffer(), field.offset(), field.length());
    long its =
        deadline == NO_DEADLINE ? KeyLayout.NO_DEADLINE : keyspace.time().deadlineAtDate(deadline);
    int at = hash.put(its, value.length());
    value.buffer().getBytes(value.offset(), hash.target(), at, value.length());
    return hash.isNew();
  }
}
