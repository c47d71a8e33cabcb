package dev.varve.server.command.key;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ScanCursors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.StorageAccess;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * SCAN: walks over the keys in their order, so that each that is there all the time comes exactly
 * once. COUNT is how many keys a call looks at.
 */
final class ScanCommand {
  private static final byte[] COUNT = Arguments.word("COUNT");
  private static final byte[] MATCH = Arguments.word("MATCH");
  private static final byte[] TYPE = Arguments.word("TYPE");
  private static final long DEFAULT_COUNT = 10;

  /** A call that has found keys of so many bytes together ends, whatever its COUNT. */
  private static final long MAX_BYTES = 1 << 20;

  private static final byte[] ANY = {'*'};

  private ScanCommand() {}

  private record Options(long count, GlobPattern pattern, String type) {}

  static void execute(CommandContext context) {
    long cursor = cursor(context.request());
    Options options = options(context);
    Keyspace keyspace = context.keyspace();
    List<byte[]> found = new ArrayList<>();
    byte[] stoppedAt;
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.view(),
            keyspace.databaseId(),
            options.pattern().literalPrefix(),
            keyspace.now())) {
      moveTo(keys, cursor, context.services().storage().scanCursors());
      stoppedAt = walk(keys, options, found);
    }
    ReplySink reply = context.reply();
    reply.arrayHeader(2);
    reply.bulk(stoppedAt == null ? 0 : newCursor(context, stoppedAt));
    reply.arrayHeader(found.size());
    for (byte[] key : found) {
      reply.bulk(key);
    }
  }

  private static void moveTo(KeyIterator keys, long cursor, ScanCursors cursors) {
    byte[] last = cursor == 0 ? null : cursors.lastKey(cursor);
    if (last == null) {
      keys.first();
    } else {
      // The first key behind a key is that with a zero byte added.
      keys.seek(Arrays.copyOf(last, last.length + 1));
    }
  }

  /** Collects keys; returns the last one that was looked at, or null if there are no more. */
  private static byte[] walk(KeyIterator keys, Options options, List<byte[]> found) {
    long left = options.count();
    long bytes = 0;
    while (keys.isValid()) {
      if (keys.isLive() && matches(keys, options)) {
        found.add(keys.key());
        bytes += keys.keyLength();
      }
      if (--left == 0 || bytes >= MAX_BYTES) {
        byte[] last = keys.key();
        keys.next();
        return keys.isValid() ? last : null;
      }
      keys.next();
    }
    return null;
  }

  private static boolean matches(KeyIterator keys, Options options) {
    return (options.type() == null || options.type().equalsIgnoreCase(keys.typeName()))
        && (options.pattern().matchesAll()
            || options.pattern().matches(keys.keyBytes(), keys.keyOffset(), keys.keyLength()));
  }

  /** Makes a cursor and lets it be written, which this call doesn't wait for. */
  private static long newCursor(CommandContext context, byte[] key) {
    StorageAccess storage = context.services().storage();
    ScanCursors.Change change = storage.scanCursors().add(key);
    storage.submit(step -> change.write(step.keyspace()));
    return change.cursor();
  }

  private static Options options(CommandContext context) {
    Request request = context.request();
    long count = DEFAULT_COUNT;
    byte[] pattern = ANY;
    String type = null;
    for (int i = 2; i < request.argumentCount(); i += 2) {
      if (i + 1 == request.argumentCount()) {
        throw Errors.syntax();
      }
      if (request.equalsIgnoreCase(i, COUNT)) {
        count = Arguments.longValue(context, i + 1);
        if (count < 1) {
          throw Errors.syntax();
        }
      } else if (request.equalsIgnoreCase(i, MATCH)) {
        pattern = request.argumentBytes(i + 1);
      } else if (request.equalsIgnoreCase(i, TYPE)) {
        type = request.argumentString(i + 1);
      } else {
        throw Errors.syntax();
      }
    }
    return new Options(count, new GlobPattern(pattern, false), type);
  }

  /**
   * Reads an unsigned number as C's {@code strtoul}, which also takes a sign, or nothing at all.
   */
  private static long cursor(Request request) {
    String text = Arguments.printed(request, 1);
    if (text.isEmpty()) {
      return 0;
    }
    boolean signed = text.charAt(0) == '-' || text.charAt(0) == '+';
    String digits = signed ? text.substring(1) : text;
    if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw invalidCursor();
    }
    try {
      long magnitude = Long.parseUnsignedLong(digits);
      return text.charAt(0) == '-' ? -magnitude : magnitude;
    } catch (NumberFormatException tooLarge) {
      throw invalidCursor();
    }
  }

  private static CommandException invalidCursor() {
    return new CommandException("ERR invalid cursor");
  }
}
