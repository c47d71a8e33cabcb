package dev.varve.server.command.zset;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.collection.ScoredVisitor;
import dev.varve.server.datatype.zset.Scored;
import dev.varve.server.dispatch.CommandException;

/**
 * Answers with members, and with their scores if they are wanted: one after the other, but in RESP3
 * each pair in an array of its own.
 */
record ScoredReply(ReplySink reply, boolean withScores) implements ScoredVisitor {
  private boolean nests() {
    return withScores && reply.version() == ProtocolVersion.RESP3;
  }

  private int values(long members) {
    long values = withScores && !nests() ? 2 * members : members;
    if (values > Integer.MAX_VALUE) {
      throw new CommandException("ERR value is out of range");
    }
    return (int) values;
  }

  /** Says that so many members follow. */
  void begin(long members) {
    reply.arrayHeader(values(members));
  }

  /** Ends what {@link ReplySink#beginDeferred} began. */
  void end(int begun, long members) {
    reply.endArray(begun, values(members));
  }

  @Override
  public void visit(byte[] bytes, int offset, int length, double score) {
    if (nests()) {
      reply.arrayHeader(2);
    }
    reply.bulk(bytes, offset, length);
    if (withScores) {
      reply.doubleValue(score);
    }
  }

  void visit(Scored scored) {
    visit(scored.member(), 0, scored.member().length, scored.score());
  }
}
