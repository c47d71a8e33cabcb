package dev.varve.server.command.support;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import java.lang.foreign.MemorySegment;

/** Answers with strings of keys, which are copied nowhere else on their way to the reply. */
public final class StringReplies {
  private StringReplies() {}

  /** Answers with the string of the key that was looked up, or with null if there is none. */
  public static void answer(CommandContext context, boolean live) {
    Keyspace keyspace = context.keyspace();
    if (!live) {
      context.reply().nullBulk();
    } else if (keyspace.selected().isSpread()) {
      answerInPieces(context);
    } else {
      context
          .reply()
          .bulk(
              keyspace.selected().valueSegment(),
              keyspace.selected().valueOffset(),
              keyspace.selected().valueLength());
    }
  }

  private static void answerInPieces(CommandContext context) {
    StringValue string = context.string();
    string.found();
    if (string.isLong() && !context.keyspace().isReadOnly()) {
      WriterRole.need(context);
    }
    answer(context.reply(), string, 0, string.length());
  }

  /** Answers with a part of a string, which isn't empty. */
  public static void answer(ReplySink reply, StringValue string, int from, int count) {
    reply.beginBulk(count);
    string.forEach(
        from,
        count,
        new StringValue.Pieces() {
          @Override
          public boolean bytes(MemorySegment segment, long offset, int length) {
            reply.piece(segment, offset, length);
            return true;
          }

          @Override
          public boolean zeros(int length) {
            reply.zeros(length);
            return true;
          }
        });
    reply.endBulk();
  }
}
