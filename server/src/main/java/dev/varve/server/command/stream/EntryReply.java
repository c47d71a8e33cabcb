package dev.varve.server.command.stream;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.stream.EntryVisitor;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.storage.base.Varint;
import java.lang.foreign.MemorySegment;

/** Answers with entries: of each its id, and an array of its fields and their values. */
final class EntryReply implements EntryVisitor {
  private final ReplySink reply;
  private final long most;
  private int count;
  private StreamId last;

  /**
   * Makes one.
   *
   * @param most so many are wanted, at least one
   */
  EntryReply(ReplySink reply, long most) {
    this.reply = reply;
    this.most = most;
  }

  @Override
  public boolean visit(StreamId id, MemorySegment segment, long offset) {
    write(reply, id, segment, offset);
    last = id;
    count++;
    return count < most;
  }

  /** How many were answered. */
  int count() {
    return count;
  }

  /** The id of the last that was answered; null: none was. */
  StreamId last() {
    return last;
  }

  private static void write(ReplySink reply, StreamId id, MemorySegment segment, long offset) {
    reply.arrayHeader(2);
    reply.bulk(id.toString());
    long fields = Varint.get(segment, offset);
    long at = offset + Varint.length(fields);
    reply.arrayHeader(Math.toIntExact(2 * fields));
    for (long i = 0; i < 2 * fields; i++) {
      long length = Varint.get(segment, at);
      at += Varint.length(length);
      reply.bulk(segment, at, (int) length);
      at += length;
    }
  }
}
