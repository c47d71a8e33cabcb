package dev.varve.server.command.dump;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.rdb.EntryId;
import dev.varve.server.rdb.RdbString;
import dev.varve.server.rdb.StreamVisitor;
import dev.varve.storage.base.Varint;
import java.util.Arrays;

/** Gives the selected key, which has been looked up, a stream that is read. */
final class RestoredStream implements StreamVisitor {
  private static final int FIRST_BYTES = 256;

  private final CommandContext context;
  private final Keyspace keyspace;
  private final StreamValue stream;

  /** The entry that is read, as it is stored; its first {@link #length} bytes. */
  private byte[] entry = new byte[FIRST_BYTES];

  private int length;
  private StreamId id;
  private ConsumerGroup group;
  private Consumer consumer;

  RestoredStream(CommandContext context) {
    this.context = context;
    this.keyspace = context.keyspace();
    this.stream = context.stream();
  }

  private static StreamId id(EntryId its) {
    return new StreamId(its.millis(), its.sequence());
  }

  @Override
  public void beginEntry(EntryId its, long fields) {
    id = id(its);
    length = 0;
    number(fields);
  }

  private void number(long number) {
    room(Varint.length(number));
    length = Varint.put(entry, length, number);
  }

  private void room(long more) {
    long needed = length + more;
    Arguments.checkValueLength(context, (int) Math.min(needed, Integer.MAX_VALUE));
    if (needed > entry.length) {
      long larger = Math.max(needed, Math.min(2L * entry.length, Integer.MAX_VALUE - Long.BYTES));
      keyspace.holdsBeside(larger);
      entry = Arrays.copyOf(entry, Math.toIntExact(larger));
    }
  }

  @Override
  public void part(RdbString part) {
    number(part.length());
    room(part.length());
    part.buffer().getBytes(part.offset(), entry, length, part.length());
    length += part.length();
  }

  @Override
  public void endEntry() {
    int at = stream.append(id, length);
    System.arraycopy(entry, 0, keyspace.batchBytes(), at, length);
  }

  @Override
  public void endNode(EntryId first, long live, long dead, EntryId last, int bytes) {
    stream.endNode(id(first), live, dead, id(last), bytes);
  }

  @Override
  public void endEntries(EntryId last, EntryId deleted, long added) {
    stream.set(id(last), added, id(deleted));
  }

  @Override
  public boolean beginGroup(RdbString name, EntryId last, long read) {
    byte[] its = bytes(name, "group");
    if (stream.groups().find(its) != null) {
      return false;
    }
    StreamId given = id(last);
    group = stream.groups().create(its, given, read == NOT_TOLD ? stream.addedUpTo(given) : read);
    return true;
  }

  private byte[] bytes(RdbString name, String what) {
    Arguments.checkNameLength(context, what, name.length());
    byte[] bytes = new byte[name.length()];
    name.buffer().getBytes(name.offset(), bytes);
    return bytes;
  }

  @Override
  public boolean pending(EntryId its, long millis, long deliveries) {
    return group.restore(id(its), millis, deliveries);
  }

  @Override
  public boolean consumer(RdbString name, long seenMillis) {
    byte[] its = bytes(name, "consumer");
    if (group.find(its) != null) {
      return false;
    }
    consumer = group.create(its, seenMillis);
    return true;
  }

  @Override
  public boolean owns(EntryId its) {
    return group.own(id(its), consumer);
  }

  @Override
  public boolean endGroup() {
    if (!group.isOwned()) {
      return false;
    }
    group.store();
    return true;
  }
}
