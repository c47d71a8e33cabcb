package dev.varve.server.command.dump;

import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.rdb.EntryId;
import dev.varve.server.rdb.StreamWriter;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;

/** Writes a stream: its entries, into nodes as large as the settings say, and its groups. */
final class StreamDump {
  /** Redis can't read larger nodes. */
  private static final int MOST_NODE_BYTES = 1 << 30;

  private final Keyspace keyspace;
  private final StreamValue stream;
  private final StreamWriter writer;
  private final long nodeBytes;
  private final long nodeEntries;

  /** The entry that the node began with, as it is stored; null: no node has begun. */
  private MemorySegment master;

  StreamDump(CommandContext context, StreamWriter writer) {
    this.keyspace = context.keyspace();
    this.stream = context.stream();
    this.writer = writer;
    CollectionLimits limits = context.services().config().collectionLimits();
    long bytes = limits.streamNodeBytes();
    long entries = limits.streamNodeEntries();
    nodeBytes = bytes > 0 ? Math.min(bytes, MOST_NODE_BYTES) : MOST_NODE_BYTES;
    nodeEntries = entries > 0 ? entries : Integer.MAX_VALUE;
  }

  private static EntryId id(StreamId its) {
    return new EntryId(its.millis(), its.sequence());
  }

  void write() {
    writeNodes();
    writer.endEntries(
        stream.count(),
        id(stream.generatedId()),
        id(stream.firstId()),
        id(stream.deletedId()),
        stream.added(),
        stream.groups().count());
    stream.groups().forEach(this::group);
  }

  // Entries

  /** Writes nothing but the nodes. */
  void writeNodes() {
    stream.find();
    keyspace.needTime(stream.count());
    stream.forEach(StreamId.ZERO, StreamId.MAX, false, this::entry);
    if (master != null) {
      writer.endNode();
    }
  }

  private boolean entry(StreamId its, MemorySegment segment, long offset) {
    long fields = Varint.get(segment, offset);
    long begin = offset + Varint.length(fields);
    long length = lengthOf(segment, begin, 2 * fields);
    if (master != null
        && (writer.nodeEntries() >= nodeEntries || writer.nodeBytes() + length >= nodeBytes)) {
      writer.endNode();
      master = null;
    }
    EntryId id = id(its);
    if (master == null) {
      beginNode(id, fields, segment.asSlice(offset, begin - offset + length));
    }
    boolean same = isSame(fields, segment, begin);
    if (same) {
      writer.beginSameEntry(id, fields);
    } else {
      writer.beginEntry(id, fields);
    }
    parts(segment, begin, 2 * fields, same ? VALUES : ALL);
    writer.endEntry();
    return true;
  }

  private void beginNode(EntryId id, long fields, MemorySegment entry) {
    byte[] copy = new byte[Math.toIntExact(entry.byteSize())];
    keyspace.holdsBeside(copy.length);
    master = MemorySegment.ofArray(copy).copyFrom(entry);
    writer.beginNode(id, fields);
    parts(master, Varint.length(fields), 2 * fields, NAMES);
    writer.endFields();
  }

  private static long lengthOf(MemorySegment segment, long begin, long parts) {
    long at = begin;
    for (long i = 0; i < parts; i++) {
      long length = Varint.get(segment, at);
      at += Varint.length(length) + length;
    }
    return at - begin;
  }

  /** Which parts of an entry are written: names of fields stand first, and third. */
  private static final int NAMES = 1;

  private static final int VALUES = 2;
  private static final int ALL = NAMES | VALUES;

  private void parts(MemorySegment segment, long begin, long parts, int which) {
    long at = begin;
    for (long i = 0; i < parts; i++) {
      long length = Varint.get(segment, at);
      at += Varint.length(length);
      if ((which & (i % 2 == 0 ? NAMES : VALUES)) != 0) {
        writer.part(segment, at, (int) length);
      }
      at += length;
    }
  }

  /** Whether an entry's fields have the names of those that the node began with. */
  private boolean isSame(long fields, MemorySegment segment, long begin) {
    if (Varint.get(master, 0) != fields) {
      return false;
    }
    long at = begin;
    long masterAt = Varint.length(fields);
    for (long i = 0; i < 2 * fields; i++) {
      long length = Varint.get(segment, at);
      long masterLength = Varint.get(master, masterAt);
      at += Varint.length(length);
      masterAt += Varint.length(masterLength);
      if (i % 2 == 0
          && MemorySegment.mismatch(
                  segment, at, at + length, master, masterAt, masterAt + masterLength)
              != -1) {
        return false;
      }
      at += length;
      masterAt += masterLength;
    }
    return true;
  }

  // Groups

  private void group(ConsumerGroup group) {
    keyspace.needTime(group.pending());
    writer.beginGroup(group.name(), id(group.last()), group.read(), group.pending());
    group.forEachPending(
        null,
        StreamId.ZERO,
        StreamId.MAX,
        entry -> {
          writer.pending(id(entry.id()), entry.millis(), entry.deliveries());
          return true;
        });
    writer.endPending(group.consumers());
    group.forEachConsumer(consumer -> consumer(group, consumer));
  }

  private void consumer(ConsumerGroup group, Consumer consumer) {
    writer.consumer(consumer.name(), consumer.seenMillis(), consumer.pending());
    group.forEachPending(
        consumer,
        StreamId.ZERO,
        StreamId.MAX,
        entry -> {
          writer.owns(id(entry.id()));
          return true;
        });
  }
}
