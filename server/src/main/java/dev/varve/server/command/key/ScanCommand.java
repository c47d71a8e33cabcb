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
import dev.varve.storage.KeyBounds;
import java.util.ArrayList;
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

  /** A call that has found keys that take so many bytes together ends, whatever its COUNT. */
  private static final long MAX_BYTES = 1 << 20;

  /** What a key takes beside its bytes until the reply is there. */
  private static final int KEY_BYTES = 40;

  private static final byte[] NOTHING = {};

  private static final byte[] ANY = {'*'};

  private ScanCommand() {}

  private record Options(long count, GlobPattern pattern, String type) {}

  static void execute(CommandContext context) {
    long cursor = cursor(context.request());
    Options options = options(context);
    Keyspace keyspace = context.keyspace();
    Page page = new Page();
    long next;
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.view(),
            keyspace.databaseId(),
            options.pattern().literalPrefix(),
            keyspace.now(),
            keyspace.wallNow())) {
      moveTo(keys, cursor, context);
      page.fill(keys, options);
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

  private static void moveTo(KeyIterator keys, long cursor, CommandContext context) {
    if (cursor == 0) {
      keys.first();
      return;
    }
    int databaseId = context.keyspace().databaseId();
    byte[] place = context.services().storage().scanCursors().find(databaseId, cursor);
    if (place == null) {
      KeyBounds bounds = KeyIterator.bounds(context.keyspace().view(), databaseId);
      place =
          bounds == null ? NOTHING : ScanCursors.guess(cursor, bounds.least(), bounds.greatest());
    }
    keys.seek(place);
  }

  /** What a call finds. */
  private static final class Page {
    private final List<byte[]> found = new ArrayList<>();

    /** The last key that was looked at, and the one behind it; null if there are no more. */
    private byte[] last;

    private byte[] place;

    private void fill(KeyIterator keys, Options options) {
      long left = options.count();
      long bytes = 0;
      for (; keys.isValid(); keys.next()) {
        if (left == 0 || bytes >= MAX_BYTES) {
          place = keys.key();
          return;
        }
        if (keys.isLive() && matches(keys, options)) {
          found.add(keys.key());
          bytes += KEY_BYTES + keys.keyLength();
        }
        if (--left == 0 || bytes >= MAX_BYTES) {
          last = keys.key();
        }
      }
    }
  }

  private static long newCursor(CommandContext context, Page page) {
    Keyspace keyspace = context.keyspace();
    KeyBounds bounds = KeyIterator.bounds(keyspace.view(), keyspace.databaseId());
    return context
        .services()
        .storage()
        .scanCursors()
        .add(keyspace.databaseId(), bounds.least(), bounds.greatest(), page.last, page.place);
  }

  private static boolean matches(KeyIterator keys, Options options) {
    return (options.type() == null || options.type().equalsIgnoreCase(keys.typeName()))
        && (options.pattern().matchesAll()
            || options.pattern().matches(keys.keyBytes(), keys.keyOffset(), keys.keyLength()));
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
