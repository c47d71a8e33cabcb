package dev.varve.server.command.key;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.concurrent.ThreadLocalRandom;

/** Commands that look at many keys at once. */
final class WalkCommands {

  /** What a key takes in a reply beside its bytes, at most. */
  private static final int KEY_FRAME_BYTES = 16;

  private WalkCommands() {}

  /**
   * Walks twice over the same view, to count and to answer: a reply that would be too large is
   * refused before any of it is there.
   */
  static void keys(CommandContext context) {
    GlobPattern pattern = new GlobPattern(context.request().argumentBytes(1), false);
    Keyspace keyspace = context.keyspace();
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.walkedView(),
            keyspace.databaseId(),
            pattern.literalPrefix(),
            keyspace.time().now(),
            keyspace.time().wallNow())) {
      int count = 0;
      long bytes = 0;
      long most = context.services().config().maxReplyBytes();
      for (keys.first(); keys.isValid() && bytes <= most; keys.next()) {
        if (matches(keys, pattern)) {
          count++;
          bytes += KEY_FRAME_BYTES + keys.keyLength();
        }
      }
      if (bytes > most) {
        throw new CommandException(
            "ERR the keys that match take more than the "
                + most
                + " bytes that a reply may have (see client-output-limit): use SCAN");
      }
      ReplySink reply = context.reply();
      reply.arrayHeader(count);
      int written = 0;
      for (keys.first(); written < count; keys.next()) {
        if (matches(keys, pattern)) {
          reply.bulk(keys.keyBytes(), keys.keyOffset(), keys.keyLength());
          written++;
        }
      }
    }
  }

  private static boolean matches(KeyIterator keys, GlobPattern pattern) {
    return keys.isLive()
        && (pattern.matchesAll()
            || pattern.matches(keys.keyBytes(), keys.keyOffset(), keys.keyLength()));
  }

  static void randomKey(CommandContext context) {
    byte[] key = RandomKey.find(context.keyspace(), ThreadLocalRandom.current());
    if (key == null) {
      context.reply().nullBulk();
    } else {
      context.reply().bulk(key);
    }
  }
}
