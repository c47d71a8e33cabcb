package dev.varve.server.command.key;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.ScanOptions;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.storage.KeyBounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * SCAN: walks over the keys in their order, so that each that is there all the time comes exactly
 * once. COUNT is how many keys a call looks at; one that passes {@link #MOST_PASSED} deleted ones
 * ends there, be it with an empty page.
 */
final class ScanCommand {
  /** A call that has found keys that take so many bytes together ends, whatever its COUNT. */
  private static final long MAX_BYTES = 1 << 20;

  /**
   * A call passes so many entries of deleted keys, whatever its COUNT: about what it takes a
   * millisecond or two to pass.
   */
  private static final long MOST_PASSED = 8192;

  /** What a key takes beside its bytes until the reply is there. */
  private static final int KEY_BYTES = 40;

  private static final byte[] NOTHING = {};

  private ScanCommand() {}

  static void execute(CommandContext context) {
    long cursor = ScanOptions.cursor(context.request(), 1);
    ScanOptions options = ScanOptions.of(context, 2, ScanOptions.Also.TYPE);
    Keyspace keyspace = context.keyspace();
    Page page = new Page();
    long next;
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.walkedView(),
            keyspace.databaseId(),
            options.pattern().literalPrefix(),
            keyspace.time().now(),
            keyspace.time().wallNow())) {
      keys.passAtMost(MOST_PASSED);
      page.fill(keys, moveTo(keys, cursor, context), options);
      next = page.place == null ? 0 : newCursor(context, page);
    }
    ReplySink reply = context.reply();
    reply.arrayHeader(2);
    reply.bulk(next);
    reply.arrayHeader(page.found.size());
    for (byte[] key : page.found) {
      reply.bulk(key);
    }
  }

  /** Moves to where a cursor goes on, and returns the place. */
  private static byte[] moveTo(KeyIterator keys, long cursor, CommandContext context) {
    if (cursor == 0) {
      keys.first();
      return NOTHING;
    }
    int databaseId = context.keyspace().databaseId();
    byte[] place = context.services().storage().scanCursors().find(databaseId, cursor);
    if (place == null) {
      KeyBounds bounds = KeyIterator.bounds(context.keyspace().walkedView(), databaseId);
      place =
          bounds == null ? NOTHING : ScanCursors.guess(cursor, bounds.least(), bounds.greatest());
    }
    keys.seek(place);
    return place;
  }

  /** What a call finds. */
  private static final class Page {
    private static final int NONE = -1;

    private final List<byte[]> found = new ArrayList<>();

    /** Up to where the walk has come, or began, and where it is to go on, with no key between. */
    private byte[] before;

    /** Null if there are no more keys. */
    private byte[] place;

    /** The last key that was looked at, if any was. */
    private byte[] last = NOTHING;

    private int lastLength = NONE;

    /** Looks at keys, the first of which is the first one from {@code from} on. */
    private void fill(KeyIterator keys, byte[] from, ScanOptions options) {
      long left = options.count();
      long bytes = 0;
      while (keys.isValid() && left > 0 && bytes < MAX_BYTES) {
        if (keys.isLive() && matches(keys, options)) {
          found.add(keys.key());
          bytes += KEY_BYTES + keys.keyLength();
        }
        left--;
        save(keys);
        keys.next();
      }
      if (keys.isValid() || keys.isHalted()) {
        before = lastLength == NONE ? from : Arrays.copyOf(last, lastLength);
        place = keys.key();
      }
    }

    private void save(KeyIterator keys) {
      lastLength = keys.keyLength();
      if (last.length < lastLength) {
        last = new byte[2 * lastLength];
      }
      System.arraycopy(keys.keyBytes(), keys.keyOffset(), last, 0, lastLength);
    }
  }

  private static long newCursor(CommandContext context, Page page) {
    Keyspace keyspace = context.keyspace();
    KeyBounds bounds = KeyIterator.bounds(keyspace.walkedView(), keyspace.databaseId());
    return context
        .services()
        .storage()
        .scanCursors()
        .add(keyspace.databaseId(), bounds.least(), bounds.greatest(), page.before, page.place);
  }

  private static boolean matches(KeyIterator keys, ScanOptions options) {
    return (options.type() == null || options.type().equalsIgnoreCase(keys.typeName()))
        && options.matches(keys.keyBytes(), keys.keyOffset(), keys.keyLength());
  }
}
