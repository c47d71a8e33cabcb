package dev.varve.server.command.key;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.random.RandomGenerator;

/** Commands that look at many keys at once. */
final class WalkCommands {

  /** What a key takes in a reply beside its bytes, at most. */
  private static final int KEY_FRAME_BYTES = 16;

  private static final int RANDOM_TRIES = 100;
  private static final byte[] NO_PREFIX = {};

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
            keyspace.view(),
            keyspace.databaseId(),
            pattern.literalPrefix(),
            keyspace.now(),
            keyspace.wallNow())) {
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
    Keyspace keyspace = context.keyspace();
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.view(),
            keyspace.databaseId(),
            NO_PREFIX,
            keyspace.now(),
            keyspace.wallNow())) {
      for (int i = 0; i < RANDOM_TRIES; i++) {
        byte[] key = randomKey(keys, ThreadLocalRandom.current());
        if (key == null || keys.isLive()) {
          answer(context, key);
          return;
        }
      }
      keys.first();
      while (keys.isValid() && !keys.isLive()) {
        keys.next();
      }
      answer(context, keys.isValid() ? keys.key() : null);
    }
  }

  private static void answer(CommandContext context, byte[] key) {
    if (key == null) {
      context.reply().nullBulk();
    } else {
      context.reply().bulk(key);
    }
  }

  /**
   * Descends the tree that the keys' bytes form: where keys differ for the first time, one of the
   * branches is taken. Even where branches hold about as many keys each, as they do in numbered
   * keys.
   *
   * @return the key that {@code keys} stands on then; null if there is none
   */
  private static byte[] randomKey(KeyIterator keys, RandomGenerator random) {
    byte[] prefix = NO_PREFIX;
    while (true) {
      keys.seekToLastOf(prefix);
      if (!keys.isValid()) {
        return null;
      }
      byte[] last = keys.key();
      keys.seek(prefix);
      byte[] first = keys.key();
      int common = Arrays.mismatch(first, last);
      if (common < 0) {
        return first;
      }
      if (common == first.length && random.nextInt(1 + (last[common] & 0xFF)) == 0) {
        return first;
      }
      int low = common == first.length ? 0 : first[common] & 0xFF;
      int high = last[common] & 0xFF;
      byte[] wanted = Arrays.copyOf(last, common + 1);
      wanted[common] = (byte) random.nextInt(low, high + 1);
      keys.seek(wanted);
      prefix = Arrays.copyOf(keys.key(), common + 1);
    }
  }
}
