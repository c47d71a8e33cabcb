package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.ArrayList;
import java.util.List;

/**
 * Replies of one connection that are sent together, as soon as all that they could have seen is
 * published. Owned by the thread that has the connection's requests in hand.
 */
final class ReplyPart {
  private static final int LEAST_CAPACITY = 256;

  private final ByteBuf bytes;
  private final ErrorStatistics errors;

  /** What must be published before the part may be sent. */
  private long sequence;

  /** What the part must wait for, though none of its own replies does. */
  private long floor;

  /** Replies that wait for earlier groups than the last; null: all wait for one. */
  private List<Group> earlier;

  /** Is run when the client has taken the part, or never will; null: nobody wants to know. */
  private Runnable sent;

  /** Replies that wait for the same group. */
  private record Group(long sequence, int from, int count) {}

  /** Where the first reply that waits for the last group begins; -1: none waits. */
  private int waitingFrom = -1;

  /** Replies from there on. */
  private int waiting;

  /**
   * Begins with none.
   *
   * @param errors counts errors among them
   */
  ReplyPart(ByteBufAllocator allocator, int expectedBytes, ErrorStatistics errors) {
    bytes = allocator.directBuffer(Math.max(LEAST_CAPACITY, expectedBytes));
    this.errors = errors;
  }

  ByteBuf bytes() {
    return bytes;
  }

  long sequence() {
    return Math.max(sequence, floor);
  }

  /** Returns what it takes. */
  int capacity() {
    return bytes.capacity();
  }

  int size() {
    return bytes.readableBytes();
  }

  /**
   * Notes that a command's reply has been written.
   *
   * @param spec null if the request was refused
   * @param mark where it began
   * @param mustBeVisible what must be published before it may be sent; 0: nothing
   * @param written what was in the log's file before the group that it belongs to
   */
  void replied(Session session, CommandSpec spec, int mark, long mustBeVisible, long written) {
    if (bytes.writerIndex() > mark && bytes.getByte(mark) == '-') {
      refused(mark);
      if (spec != null) {
        spec.statistics().failed();
      }
    }
    session.ended(spec);
    boolean wanted = session.takeReplyWanted();
    // What confirms a subscription is a message, and no reply.
    if (!wanted && (spec == null || spec.execution() != Execution.OWN_LOOP)) {
      bytes.writerIndex(mark);
      return;
    }
    waitFrom(mark, mustBeVisible, written);
    if (waitingFrom >= 0) {
      waiting++;
    }
  }

  /** Notes the end of a reply that was sent piece by piece, of which this has the last. */
  static void streamed(Session session, CommandSpec spec) {
    session.ended(spec);
    session.takeReplyWanted();
  }

  /** Has somebody told when the part leaves memory: the client has taken it, or never will. */
  void whenSent(Runnable told) {
    sent = told;
  }

  /** Returns who is to be told when the part leaves memory; null: nobody. */
  Runnable whenSent() {
    return sent;
  }

  /**
   * Adds a message, which answers no request.
   *
   * @param mustBeVisible what must be published before it may be sent; 0: nothing
   * @param written what was in the log's file before the group that this belongs to
   */
  void pushed(byte[] message, long mustBeVisible, long written) {
    int mark = bytes.writerIndex();
    bytes.writeBytes(message);
    waitFrom(mark, mustBeVisible, written);
  }

  private void waitFrom(int mark, long mustBeVisible, long written) {
    if (mustBeVisible > sequence) {
      if (waitingFrom >= 0 && sequence <= written) {
        beginGroup();
      }
      sequence = mustBeVisible;
      if (waitingFrom < 0) {
        waitingFrom = mark;
      }
    }
  }

  /** Notes that an error has been written. */
  void refused(int mark) {
    errors.add(ErrorStatistics.codeOf(bytes, mark), 1);
  }

  /** What waits so far may be published before what comes. */
  private void beginGroup() {
    if (earlier == null) {
      earlier = new ArrayList<>();
    }
    earlier.add(new Group(sequence, waitingFrom, waiting));
    waitingFrom = -1;
    waiting = 0;
  }

  /** Lets the part wait at least as long as the one before it. */
  void waitFor(long before) {
    floor = Math.max(floor, before);
  }

  /**
   * Answers with an error in place of all replies that wait for what will never be published;
   * messages among them are dropped.
   *
   * @param visible what was published, whose replies stay as they are
   */
  void fail(ReplyWriter writer, String error, long visible) {
    int from = -1;
    int count = 0;
    if (waitingFrom >= 0 && sequence > visible) {
      from = waitingFrom;
      count = waiting;
    }
    for (int i = earlier == null ? -1 : earlier.size() - 1; i >= 0; i--) {
      Group group = earlier.get(i);
      if (group.sequence() > visible) {
        from = group.from();
        count += group.count();
      }
    }
    if (from >= 0) {
      bytes.writerIndex(from);
      writer.output(bytes);
      for (int i = 0; i < count; i++) {
        writer.error(error);
      }
      if (count > 0) {
        errors.add(ErrorStatistics.codeOf(bytes, from), count);
      }
    }
    sequence = 0;
    floor = 0;
    waitingFrom = -1;
    waiting = 0;
    earlier = null;
  }

  void release() {
    bytes.release();
    if (sent != null) {
      sent.run();
    }
  }
}
