package dev.varve.server.command.dump;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.rdb.BadFormatException;
import dev.varve.server.rdb.Footer;
import dev.varve.server.rdb.RdbInput;
import dev.varve.server.rdb.ValueReader;

/**
 * RESTORE: gives a key a value in Redis's format. It is checked while it is read; what has been
 * changed when it turns out to be bad is taken back, as of every command that fails.
 */
final class RestoreCommand {
  private static final byte[] REPLACE = Arguments.word("REPLACE");
  private static final byte[] ABSTTL = Arguments.word("ABSTTL");
  private static final byte[] IDLETIME = Arguments.word("IDLETIME");
  private static final byte[] FREQ = Arguments.word("FREQ");
  private static final int PAYLOAD = 3;
  private static final int MOST_FREQUENT = 255;

  /** How many bytes of a payload are read in the time that an element of a collection takes. */
  private static final int BYTES_AN_ELEMENT = 16;

  private boolean replaces;
  private boolean absolute;
  private boolean idle;
  private boolean frequency;

  private RestoreCommand() {}

  static void run(CommandContext context) {
    RestoreCommand options = new RestoreCommand();
    options.parse(context);
    options.restore(context);
    context.reply().ok();
  }

  /** Use of keys isn't tracked, so what is told of it is taken and forgotten. */
  private void parse(CommandContext context) {
    Request request = context.request();
    for (int i = PAYLOAD + 1; i < request.argumentCount(); i++) {
      boolean more = i + 1 < request.argumentCount();
      if (request.equalsIgnoreCase(i, REPLACE)) {
        replaces = true;
      } else if (request.equalsIgnoreCase(i, ABSTTL)) {
        absolute = true;
      } else if (request.equalsIgnoreCase(i, IDLETIME) && more && !frequency) {
        idle = true;
        i++;
        if (Arguments.longValue(context, i) < 0) {
          throw new CommandException("ERR Invalid IDLETIME value, must be >= 0");
        }
      } else if (request.equalsIgnoreCase(i, FREQ) && more && !idle) {
        frequency = true;
        i++;
        long given = Arguments.longValue(context, i);
        if (given < 0 || given > MOST_FREQUENT) {
          throw new CommandException("ERR Invalid FREQ value, must be >= 0 and <= 255");
        }
      } else {
        throw Errors.syntax();
      }
    }
  }

  private void restore(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 1);
    boolean live = keyspace.find();
    if (live && !replaces) {
      throw new CommandException("BUSYKEY Target key name already exists.");
    }
    long timeToLive = Arguments.longValue(context, 2);
    if (timeToLive < 0) {
      throw new CommandException("ERR Invalid TTL value, must be >= 0");
    }
    Request request = context.request();
    int offset = request.argumentOffset(PAYLOAD);
    int length = request.argumentLength(PAYLOAD);
    boolean good =
        context.services().debug().checksSums()
            ? Footer.isIntact(request.buffer(), offset, length)
            : Footer.isKnown(request.buffer(), offset, length);
    if (!good) {
      throw new CommandException("ERR DUMP payload version or checksum are wrong");
    }
    read(context, offset, length - Footer.BYTES);
    long deadline = deadline(keyspace, timeToLive);
    if (deadline != KeyLayout.NO_DEADLINE && keyspace.time().remaining(deadline) <= 0) {
      keyspace.rollBack();
      remove(context, live);
      return;
    }
    if (deadline != KeyLayout.NO_DEADLINE) {
      context.selectKey(1);
      keyspace.find();
      keyspace.changeDeadline(deadline);
    }
    if (live) {
      keyspace.happened(KeyEvent.NEW);
    }
    keyspace.happened(KeyEvent.RESTORE);
  }

  private static void read(CommandContext context, int offset, int length) {
    Keyspace keyspace = context.keyspace();
    RdbInput in = new RdbInput(context.request().buffer(), offset, length, keyspace::holdsBeside);
    RestoredValue value = new RestoredValue(context, length / BYTES_AN_ELEMENT);
    try {
      ValueReader.read(in, value);
    } catch (BadFormatException e) {
      throw new CommandException("ERR Bad data format");
    }
    value.store();
  }

  /**
   * Returns the deadline. A time to live that is too large to be added to the clock's counts as one
   * that has passed, as in Redis.
   */
  private long deadline(Keyspace keyspace, long timeToLive) {
    if (timeToLive == 0) {
      return KeyLayout.NO_DEADLINE;
    } else if (absolute) {
      return keyspace.time().deadlineAtDate(timeToLive);
    }
    long deadline = keyspace.time().now() + timeToLive;
    return deadline < 0 ? keyspace.time().now() : deadline;
  }

  /** A value that has expired isn't there. */
  private static void remove(CommandContext context, boolean live) {
    if (live) {
      context.selectKey(1);
      context.keyspace().find();
      context.keyspace().delete();
      context.keyspace().happened(KeyEvent.DEL);
    }
  }
}
