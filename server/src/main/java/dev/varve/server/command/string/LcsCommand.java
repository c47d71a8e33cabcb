package dev.varve.server.command.string;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.ServerConfig;

/** LCS: what two strings have in common. */
final class LcsCommand {
  private static final byte[] LEN = Arguments.word("LEN");
  private static final byte[] IDX = Arguments.word("IDX");
  private static final byte[] MIN_MATCH_LENGTH = Arguments.word("MINMATCHLEN");
  private static final byte[] WITH_MATCH_LENGTH = Arguments.word("WITHMATCHLEN");

  /** How many pairs of bytes are compared in the time that an element of a collection takes. */
  private static final int PAIRS_AN_ELEMENT = 64;

  private boolean onlyLength;
  private boolean ranges;
  private boolean withLengths;
  private long least;

  private LcsCommand() {}

  static void run(CommandContext context) {
    long oneLength = length(context, 1);
    long otherLength = length(context, 2);
    LcsCommand options = new LcsCommand();
    options.parse(context);
    long table = (oneLength + 1) * (otherLength + 1);
    long held = CommonSubsequence.bytesToFind(oneLength, otherLength);
    ServerConfig config = context.services().config();
    // The first is Redis's bound, and the second that of the bits that are kept here.
    if (table > config.maxBulkBytes() / Integer.BYTES
        || table / Byte.SIZE > config.maxValueBytes()) {
      throw new CommandException(
          "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len");
    }
    context.keyspace().needTime(table / PAIRS_AN_ELEMENT);
    context.keyspace().holdsBeside(held);
    options.answer(context.reply(), new CommonSubsequence(string(context, 1), string(context, 2)));
  }

  private static long length(CommandContext context, int argument) {
    context.selectKey(argument);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findCounted()) {
      return 0;
    }
    if (!keyspace.selected().isString()) {
      throw new CommandException("ERR The specified keys must contain string values");
    }
    context.string().found();
    return context.string().length();
  }

  private static byte[] string(CommandContext context, int argument) {
    context.selectKey(argument);
    return context.string().find() ? context.string().bytes() : new byte[0];
  }

  private void parse(CommandContext context) {
    Request request = context.request();
    for (int i = 3; i < request.argumentCount(); i++) {
      if (request.equalsIgnoreCase(i, IDX)) {
        ranges = true;
      } else if (request.equalsIgnoreCase(i, LEN)) {
        onlyLength = true;
      } else if (request.equalsIgnoreCase(i, WITH_MATCH_LENGTH)) {
        withLengths = true;
      } else if (request.equalsIgnoreCase(i, MIN_MATCH_LENGTH) && i + 1 < request.argumentCount()) {
        i++;
        least = Math.max(0, Arguments.longValue(context, i));
      } else {
        throw Errors.syntax();
      }
    }
    if (onlyLength && ranges) {
      throw new CommandException(
          "ERR If you want both the length and indexes, please just use IDX.");
    }
  }

  private void answer(ReplySink reply, CommonSubsequence found) {
    if (ranges) {
      answerRanges(reply, found);
    } else if (onlyLength) {
      reply.integer(found.length());
    } else {
      reply.bulk(found.bytes());
    }
  }

  private void answerRanges(ReplySink reply, CommonSubsequence found) {
    int[] count = {0};
    reply.mapHeader(2);
    reply.bulk("matches");
    int begun = reply.beginDeferred();
    found.forEachRange(
        (inOne, inOther, length) -> {
          if (length >= least) {
            count[0]++;
            reply.arrayHeader(withLengths ? 3 : 2);
            range(reply, inOne, length);
            range(reply, inOther, length);
            if (withLengths) {
              reply.integer(length);
            }
          }
        });
    reply.endArray(begun, count[0]);
    reply.bulk("len");
    reply.integer(found.length());
  }

  private static void range(ReplySink reply, int from, int length) {
    reply.arrayHeader(2);
    reply.integer(from);
    reply.integer(from + length - 1L);
  }
}
