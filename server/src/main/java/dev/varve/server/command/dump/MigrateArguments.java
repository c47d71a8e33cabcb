package dev.varve.server.command.dump;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import java.util.EnumSet;
import java.util.Set;

/**
 * What MIGRATE was given.
 *
 * @param database of the target; whatever it takes for one
 * @param timeoutMillis for each step of the transfer
 * @param user who is to be there; null: nobody is said
 * @param password null: none
 * @param firstKey the first argument that is a key; all up to {@code endOfKeys} are
 */
record MigrateArguments(
    String host,
    int port,
    long database,
    long timeoutMillis,
    boolean copy,
    boolean replace,
    byte[] user,
    byte[] password,
    int firstKey,
    int endOfKeys) {
  private static final int HOST = 1;
  private static final int PORT = 2;
  private static final int KEY = 3;
  private static final int DATABASE = 4;
  private static final int TIMEOUT = 5;
  private static final int OPTIONS = 6;
  private static final long DEFAULT_TIMEOUT_MILLIS = 1000;
  private static final byte[] COPY = Arguments.word("COPY");
  private static final byte[] REPLACE = Arguments.word("REPLACE");
  private static final byte[] AUTH = Arguments.word("AUTH");
  private static final byte[] AUTH2 = Arguments.word("AUTH2");
  private static final byte[] KEYS = Arguments.word("KEYS");
  private static final Set<KeyFlag> FLAGS = EnumSet.of(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.DELETE);

  static MigrateArguments of(CommandContext context) {
    Request request = context.request();
    boolean copy = false;
    boolean replace = false;
    byte[] user = null;
    byte[] password = null;
    int firstKey = KEY;
    int endOfKeys = KEY + 1;
    for (int i = OPTIONS; i < request.argumentCount(); i++) {
      int more = request.argumentCount() - 1 - i;
      if (request.equalsIgnoreCase(i, COPY)) {
        copy = true;
      } else if (request.equalsIgnoreCase(i, REPLACE)) {
        replace = true;
      } else if (request.equalsIgnoreCase(i, AUTH) && more >= 1) {
        password = request.argumentBytes(++i);
      } else if (request.equalsIgnoreCase(i, AUTH2) && more >= 2) {
        user = request.argumentBytes(++i);
        password = request.argumentBytes(++i);
      } else if (request.equalsIgnoreCase(i, KEYS)) {
        if (request.argumentLength(KEY) != 0) {
          throw new CommandException(
              "ERR When using MIGRATE KEYS option, the key argument must be set to the empty"
                  + " string");
        }
        firstKey = i + 1;
        endOfKeys = request.argumentCount();
        break;
      } else {
        throw Errors.syntax();
      }
    }
    long timeout = Arguments.longValue(context, TIMEOUT);
    long database = Arguments.longValue(context, DATABASE);
    return new MigrateArguments(
        request.argumentString(HOST),
        Arguments.leadingInt(request.argumentBytes(PORT)),
        database,
        timeout <= 0 ? DEFAULT_TIMEOUT_MILLIS : timeout,
        copy,
        replace,
        user,
        password,
        firstKey,
        endOfKeys);
  }

  /** Finds the keys: one, or, if that is empty, those after KEYS; none, if there are both. */
  static boolean forEachKey(Request request, int offset, KeySpec.KeyConsumer action) {
    int first = offset + KEY;
    int end = first + 1;
    boolean isEmpty = request.argumentLength(first) == 0;
    for (int i = offset + OPTIONS; i < request.argumentCount(); i++) {
      if (request.equalsIgnoreCase(i, KEYS)) {
        first = i + 1;
        end = isEmpty ? request.argumentCount() : first;
        break;
      } else if (request.equalsIgnoreCase(i, AUTH)) {
        i++;
      } else if (request.equalsIgnoreCase(i, AUTH2)) {
        i += 2;
      }
    }
    for (int i = first; i < end; i++) {
      action.accept(i, FLAGS);
    }
    return true;
  }
}
