package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/**
 * Replies of one connection that are sent together, as soon as all that they could have seen is
 * published. Owned by the thread that has the connection's requests in hand.
 */
final class ReplyPart {
  private static final int LEAST_CAPACITY = 256;

  private final ByteBuf bytes;

  /** What must be published before the part may be sent. */
  private long sequence;

  /** Where the first reply that waits begins; -1: none waits. */
  private int waitingFrom = -1;

  /** Replies from there on. */
  private int waiting;

  ReplyPart(ByteBufAllocator allocator, int expectedBytes) {
    bytes = allocator.directBuffer(Math.max(LEAST_CAPACITY, expectedBytes));
  }

  ByteBuf bytes() {
    return bytes;
  }

  long sequence() {
    return sequence;
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
   */
  void replied(Session session, CommandSpec spec, int mark, long mustBeVisible) {
    if (spec != null && bytes.writerIndex() > mark && bytes.getByte(mark) == '-') {
      spec.statistics().failed();
    }
    if (!session.takeReplyWanted()) {
      bytes.writerIndex(mark);
      return;
    }
    if (mustBeVisible > sequence) {
      sequence = mustBeVisible;
      if (waitingFrom < 0) {
        waitingFrom = mark;
      }
    }
    if (waitingFrom >= 0) {
      waiting++;
    }
  }

  /** Lets the part wait at least as long as the one before it. */
  void waitFor(long earlier) {
    sequence = Math.max(sequence, earlier);
  }

  /** Answers with an error in place of all replies that wait for what will never be published. */
  void fail(ReplyWriter writer, String error) {
    if (waitingFrom >= 0) {
      bytes.writerIndex(waitingFrom);
      writer.output(bytes);
      for (int i = 0; i < waiting; i++) {
        writer.error(error);
      }
    }
    sequence = 0;
    waitingFrom = -1;
    waiting = 0;
  }

  void release() {
    bytes.release();
  }
}
