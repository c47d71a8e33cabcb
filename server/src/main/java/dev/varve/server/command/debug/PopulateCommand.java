package dev.varve.server.command.debug;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.WriterRole;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** DEBUG POPULATE: many keys, all in one step. */
final class PopulateCommand {
  private static final int COUNT = 2;
  private static final int PREFIX = 3;
  private static final int SIZE = 4;
  private static final byte[] DEFAULT_PREFIX = {'k', 'e', 'y'};

  private PopulateCommand() {}

  static void run(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() < PREFIX || request.argumentCount() > SIZE + 1) {
      throw Errors.subcommand(context);
    }
    long count = positive(context, COUNT);
    byte[] prefix =
        request.argumentCount() > PREFIX ? request.argumentBytes(PREFIX) : DEFAULT_PREFIX;
    long size = request.argumentCount() > SIZE ? positive(context, SIZE) : 0;
    int length = (int) Math.min(size, Integer.MAX_VALUE);
    Arguments.checkValueLength(context, length);
    WriterRole.need(context);
    for (long i = 0; i < count; i++) {
      put(context, prefix, i, length);
    }
    context.reply().ok();
  }

  private static long positive(CommandContext context, int index) {
    String error = "ERR value is out of range, must be positive";
    long value = Arguments.longValue(context, index, error);
    if (value < 0) {
      throw new CommandException(error);
    }
    return value;
  }

  private static void put(CommandContext context, byte[] prefix, long number, int length) {
    byte[] digits = (":" + number).getBytes(StandardCharsets.US_ASCII);
    byte[] key = Arrays.copyOf(prefix, prefix.length + digits.length);
    System.arraycopy(digits, 0, key, prefix.length, digits.length);
    Arguments.checkNameLength(context, "key", key.length);
    Keyspace keyspace = context.keyspace();
    keyspace.select(Unpooled.wrappedBuffer(key), 0, key.length);
    if (keyspace.find()) {
      return;
    }
    byte[] value = ("value:" + number).getBytes(StandardCharsets.US_ASCII);
    if (length > 0) {
      value = Arrays.copyOf(value, length);
    }
    keyspace.put(KeyLayout.NO_DEADLINE, value, 0, value.length);
    // Redis tells of the new key alone; who keeps copies must hear of it here, too.
    keyspace.happened(KeyEvent.NEW);
    keyspace.happened(KeyEvent.SET);
  }
}
