package dev.varve.server.command.string;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.StringReplies;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec.KeyConsumer;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/** Commands that give keys new strings. */
final class SetCommands {
  private static final byte[] GET = Arguments.word("GET");
  private static final Set<KeyFlag> WRITTEN =
      Collections.unmodifiableSet(EnumSet.of(KeyFlag.OW, KeyFlag.UPDATE));
  private static final Set<KeyFlag> READ_AND_WRITTEN =
      Collections.unmodifiableSet(EnumSet.of(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.UPDATE));

  private SetCommands() {}

  /** SET's options say what it does with its key. */
  static boolean keyOfSet(Request request, int offset, KeyConsumer action) {
    if (request.argumentCount() <= offset + 1) {
      return false;
    }
    Set<KeyFlag> flags = WRITTEN;
    for (int i = offset + 3; i < request.argumentCount(); i++) {
      if (request.equalsIgnoreCase(i, GET)) {
        flags = READ_AND_WRITTEN;
      }
    }
    action.accept(offset + 1, flags);
    return true;
  }

  static void set(CommandContext context) {
    if (context.request().argumentCount() == 3) {
      overwrite(context, 1, 2, NO_DEADLINE);
      context.reply().ok();
    } else {
      setWithOptions(context, StringOptions.ofSet(context.request()));
    }
  }

  private static void setWithOptions(CommandContext context, StringOptions options) {
    long deadline =
        options.expire() == null
            ? NO_DEADLINE
            : options.expire().deadline(context, options.expireArgument());
    boolean mustKnow =
        options.onlyIfAbsent()
            || options.onlyIfPresent()
            || options.get()
            || options.keepDeadline();
    if (!mustKnow) {
      overwrite(context, 1, 2, deadline);
      context.reply().ok();
      return;
    }
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 1);
    boolean live = options.get() ? keyspace.findStringCounted() : keyspace.find();
    if (options.get()) {
      StringReplies.answer(context, live);
    }
    if (options.onlyIfAbsent() ? live : options.onlyIfPresent() && !live) {
      if (!options.get()) {
        context.reply().nullBulk();
      }
      return;
    }
    putArgument(
        context, 2, options.keepDeadline() && live ? keyspace.selected().deadline() : deadline);
    happened(context, options.expire() != null);
    if (!options.get()) {
      context.reply().ok();
    }
  }

  static void setNx(CommandContext context) {
    Arguments.selectKeyToWrite(context, 1);
    if (context.keyspace().find()) {
      context.reply().integer(0);
      return;
    }
    putArgument(context, 2, NO_DEADLINE);
    context.keyspace().happened(KeyEvent.SET);
    context.reply().integer(1);
  }

  static void setEx(CommandContext context) {
    overwrite(context, 1, 3, ExpireOption.EX.deadline(context, 2));
    context.reply().ok();
  }

  static void pSetEx(CommandContext context) {
    overwrite(context, 1, 3, ExpireOption.PX.deadline(context, 2));
    context.reply().ok();
  }

  static void getSet(CommandContext context) {
    Arguments.selectKeyToWrite(context, 1);
    StringReplies.answer(context, context.keyspace().findStringCounted());
    putArgument(context, 2, NO_DEADLINE);
    context.keyspace().happened(KeyEvent.SET);
  }

  static void mSet(CommandContext context) {
    checkPairs(context);
    putPairs(context);
    context.reply().ok();
  }

  static void mSetNx(CommandContext context) {
    checkPairs(context);
    for (int i = 1; i < context.request().argumentCount(); i += 2) {
      context.selectKey(i);
      if (context.keyspace().find()) {
        context.reply().integer(0);
        return;
      }
    }
    putPairs(context);
    context.reply().integer(1);
  }

  private static void checkPairs(CommandContext context) {
    if (context.request().argumentCount() % 2 == 0) {
      throw Errors.arity(context);
    }
  }

  private static void putPairs(CommandContext context) {
    for (int i = 1; i < context.request().argumentCount(); i += 2) {
      overwrite(context, i, i + 1, NO_DEADLINE);
    }
  }

  /** Gives a key a value without reading the disk for what it held. */
  private static void overwrite(CommandContext context, int key, int value, long deadline) {
    Arguments.selectKeyToWrite(context, key);
    if (deadline == NO_DEADLINE) {
      context.keyspace().glance();
    } else {
      // A key whose deadline is moved again and again must not leave an entry for each in the
      // index.
      context.keyspace().probe();
    }
    putArgument(context, value, deadline);
    happened(context, deadline != NO_DEADLINE);
  }

  private static void happened(CommandContext context, boolean expires) {
    context.keyspace().happened(KeyEvent.SET);
    if (expires) {
      context.keyspace().happened(KeyEvent.EXPIRE);
    }
  }

  /** Gives the selected key, which has been looked up, an argument's bytes. */
  private static void putArgument(CommandContext context, int value, long deadline) {
    int length = Arguments.checkedValueLength(context, value);
    int at = context.keyspace().reserve(deadline, length);
    Request request = context.request();
    request.copyArgument(value, context.keyspace().batchBytes(), at);
  }
}
