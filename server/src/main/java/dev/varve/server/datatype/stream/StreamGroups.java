package dev.varve.server.datatype.stream;

import dev.varve.server.datatype.ElementWalk;
import dev.varve.server.datatype.Elements;
import dev.varve.server.datatype.Keyspace;
import java.util.ArrayList;
import java.util.List;

/** The groups that a stream's entries are delivered to. Not thread-safe. */
public final class StreamGroups {
  /** Says that a group's lag can't be told. */
  public static final long NO_LAG = Long.MIN_VALUE;

  /** About what one takes on the heap beside its name. */
  private static final int GROUP_BYTES = 256;

  private final Keyspace keyspace;
  private final Elements elements;
  private final StreamValue stream;
  private final StreamHead head;

  StreamGroups(Keyspace keyspace, StreamValue stream, StreamHead head) {
    this.keyspace = keyspace;
    this.elements = keyspace.elements();
    this.stream = stream;
    this.head = head;
  }

  /** How many there are. */
  public long count() {
    return head.groups;
  }

  /**
   * Returns the group of a name; null: there is none.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows
   */
  public ConsumerGroup find(byte[] name) {
    if (head.groups == 0) {
      return null;
    }
    StreamKeys.group(elements, name);
    return elements.find() ? new ConsumerGroup(keyspace, name, new Fields().load(elements)) : null;
  }

  /**
   * Makes a group whose name there isn't; it and the stream are to be stored.
   *
   * @param last the id after which entries are delivered
   * @param read how many entries up to it were ever added, or {@link ConsumerGroup#UNKNOWN}
   */
  public ConsumerGroup create(byte[] name, StreamId last, long read) {
    ConsumerGroup group = new ConsumerGroup(keyspace, name, head.nextGroup++);
    group.last(last, read);
    head.groups++;
    return group;
  }

  /** Removes a group with all that is its; the stream is to be stored. */
  public void destroy(ConsumerGroup group) {
    StreamKeys.group(elements, group.name());
    elements.delete();
    elements.abandon(
        StreamKeys.firstOfGroup(group.number()), StreamKeys.behindGroup(group.number()));
    head.groups--;
  }

  /** Takes a group. */
  @FunctionalInterface
  public interface Visitor {
    /** Takes one. */
    void visit(ConsumerGroup group);
  }

  /**
   * Hands all groups to {@code visitor}, in the order of their names' bytes. Nothing may be changed
   * meanwhile.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if the disk would have to be read, or there are
   *     too many
   */
  public void forEach(Visitor visitor) {
    keyspace.needTime(head.groups);
    if (head.groups == 0) {
      return;
    }
    StreamKeys.group(elements, new byte[0]);
    try (ElementWalk walk = elements.walk()) {
      for (; walk.isValid(); walk.next()) {
        byte[] name = StreamKeys.groupName(walk.key(), walk.keyLength());
        Fields fields =
            new Fields().load(walk.valueSegment(), walk.valueOffset(), walk.valueLength());
        visitor.visit(new ConsumerGroup(keyspace, name, fields));
      }
    }
  }

  /** Returns all groups, for a command that changes them. */
  public List<ConsumerGroup> all() {
    List<ConsumerGroup> all = new ArrayList<>();
    forEach(
        group -> {
          keyspace.holdsBeside((long) GROUP_BYTES + group.name().length);
          all.add(group);
        });
    return all;
  }

  /**
   * Says that an entry, which comes after all that a group was given, is given to it.
   *
   * @param id its id
   */
  public void advance(ConsumerGroup group, StreamId id) {
    long read = group.read();
    if (read != ConsumerGroup.UNKNOWN && !stream.hasGapsFrom(id)) {
      read++;
    } else if (stream.added() > 0) {
      read = stream.addedUpTo(id);
    }
    group.last(id, read);
  }

  /**
   * How many entries there are that a group was not given, which is negative where it was told to
   * have read more than there were; {@link #NO_LAG} if that can't be told.
   */
  public long lag(ConsumerGroup group) {
    if (stream.added() == 0) {
      return 0;
    }
    long read =
        group.read() != ConsumerGroup.UNKNOWN && !stream.hasGapsFrom(group.last())
            ? group.read()
            : stream.addedUpTo(group.last());
    return read == ConsumerGroup.UNKNOWN ? NO_LAG : stream.added() - read;
  }
}
