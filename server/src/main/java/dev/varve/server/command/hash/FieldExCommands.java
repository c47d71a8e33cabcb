package dev.varve.server.command.hash;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.hash.HashValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** Commands that read or put fields of hashes and, with that, say when they expire, or remove. */
final class FieldExCommands {
  private static final byte[] PERSIST = Arguments.word("PERSIST");
  private static final byte[] KEEPTTL = Arguments.word("KEEPTTL");
  private static final byte[] FNX = Arguments.word("FNX");
  private static final byte[] FXX = Arguments.word("FXX");

  private FieldExCommands() {}

  static void getDel(CommandContext context) {
    context.selectKey(1);
    HashValue hash = context.hash();
    hash.find();
    FieldArguments fields = FieldArguments.at(context, 2);
    context.reply().arrayHeader(fields.count());
    boolean removed = false;
    for (int i = fields.first(); i < fields.end(); i++) {
      HashCommands.select(context, hash, i);
      HashCommands.answer(context.reply(), hash);
      removed |= hash.remove();
    }
    if (removed) {
      FieldDeadlineCommands.store(context.keyspace(), hash, KeyEvent.HDEL);
    }
  }

  static void getEx(CommandContext context) {
    context.selectKey(1);
    HashValue hash = context.hash();
    hash.find();
    Request request = context.request();
    FieldDeadline kind = FieldDeadline.named(request, 2);
    boolean persist = request.equalsIgnoreCase(2, PERSIST);
    long deadline = kind == null ? NO_DEADLINE : kind.of(context, 3);
    FieldArguments fields = FieldArguments.at(context, kind != null ? 4 : persist ? 3 : 2);
    Keyspace keyspace = context.keyspace();
    boolean past = kind != null && keyspace.time().remaining(deadline) <= 0;
    boolean changed = false;
    context.reply().arrayHeader(fields.count());
    for (int i = fields.first(); i < fields.end(); i++) {
      HashCommands.select(context, hash, i);
      HashCommands.answer(context.reply(), hash);
      if (!(kind != null || persist) || !hash.findField()) {
        continue;
      }
      if (kind != null) {
        FieldDeadlineCommands.give(keyspace, hash, deadline);
        changed = true;
      } else if (hash.fieldDeadline() != NO_DEADLINE) {
        hash.changeDeadline(NO_DEADLINE);
        changed = true;
      }
    }
    if (changed) {
      KeyEvent given = past ? KeyEvent.HDEL : KeyEvent.HEXPIRE;
      FieldDeadlineCommands.store(keyspace, hash, persist ? KeyEvent.HPERSIST : given);
    }
  }

  /**
   * What HSETEX says before the fields.
   *
   * @param kind how it says when they expire; null: it doesn't
   * @param first the first field
   */
  private record Options(
      boolean fnx, boolean fxx, boolean keep, FieldDeadline kind, long deadline, int first) {
    static Options of(CommandContext context) {
      Request request = context.request();
      boolean fnx = false;
      boolean fxx = false;
      boolean keep = false;
      FieldDeadline kind = null;
      long deadline = NO_DEADLINE;
      for (int i = 2; i < request.argumentCount(); i++) {
        FieldDeadline named = FieldDeadline.named(request, i);
        if (FieldArguments.isWord(request, i)) {
          return new Options(fnx, fxx, keep, kind, deadline, checkedFields(context, i));
        } else if (named != null || request.equalsIgnoreCase(i, KEEPTTL)) {
          if (keep || kind != null) {
            throw new CommandException(
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified");
          }
          keep = named == null;
          kind = named;
          deadline = keep ? NO_DEADLINE : named.of(context, ++i);
        } else if (request.equalsIgnoreCase(i, FNX) || request.equalsIgnoreCase(i, FXX)) {
          if (fnx || fxx) {
            throw new CommandException("ERR Only one of FXX or FNX arguments can be specified");
          }
          fnx = request.equalsIgnoreCase(i, FNX);
          fxx = !fnx;
        } else {
          throw new CommandException("ERR unknown argument: " + Arguments.printed(request, i));
        }
      }
      throw Errors.arity(context);
    }

    /** Returns the first field after the word FIELDS and their number. */
    private static int checkedFields(CommandContext context, int word) {
      int first = word + 2;
      int rest = context.request().argumentCount() - first;
      if (rest < 2) {
        throw Errors.arity(context);
      }
      String error = "ERR invalid number of fields";
      int count = Arguments.intValue(context, word + 1, error);
      if (count < 1) {
        throw new CommandException(error);
      }
      if (rest % 2 == 1 || count != rest / 2) {
        throw Errors.arity(context);
      }
      return first;
    }
  }

  static void setEx(CommandContext context) {
    Options options = Options.of(context);
    HashValue hash = HashCommands.findToWrite(context);
    if (!isAllowed(context, hash, options)) {
      context.reply().integer(0);
      return;
    }
    Keyspace keyspace = context.keyspace();
    boolean past = options.kind() != null && keyspace.time().remaining(options.deadline()) <= 0;
    for (int i = options.first(); i < context.request().argumentCount(); i += 2) {
      HashCommands.selectToWrite(context, hash, i);
      int length = Arguments.checkedValueLength(context, i + 1);
      if (past) {
        hash.remove();
      } else {
        long kept = options.keep() && hash.findField() ? hash.fieldDeadline() : options.deadline();
        int at = hash.put(kept, length);
        context.request().copyArgument(i + 1, hash.target(), at);
      }
    }
    hash.store();
    keyspace.happened(KeyEvent.HSET);
    if (options.kind() != null) {
      keyspace.happened(past ? KeyEvent.HDEL : KeyEvent.HEXPIRE);
    }
    if (hash.storedCount() == 0) {
      keyspace.happened(KeyEvent.DEL);
    }
    context.reply().integer(1);
  }

  /** Whether all fields are there, with FXX, or none is, with FNX. */
  private static boolean isAllowed(CommandContext context, HashValue hash, Options options) {
    if (options.fnx() || options.fxx()) {
      for (int i = options.first(); i < context.request().argumentCount(); i += 2) {
        HashCommands.select(context, hash, i);
        if (hash.findField() != options.fxx()) {
          return false;
        }
      }
    }
    return true;
  }
}
