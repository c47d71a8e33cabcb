package dev.varve.server.command.bits;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.StringCopy;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** BITOP: makes a string of the bits of others; the shorter ones end in zeros. */
enum BitOperation {
  AND {
    @Override
    long of(long one, long other) {
      return one & other;
    }
  },
  OR {
    @Override
    long of(long one, long other) {
      return one | other;
    }
  },
  XOR {
    @Override
    long of(long one, long other) {
      return one ^ other;
    }
  },
  /** Of one string: it is combined with ones. */
  NOT {
    @Override
    long of(long one, long other) {
      return one ^ other;
    }
  };

  private static final int FIRST_SOURCE = 3;

  private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED;

  /** Returns what comes of eight bytes of each. */
  abstract long of(long one, long other);

  static void run(CommandContext context) {
    BitOperation operation = operation(context);
    int count = context.request().argumentCount();
    if (operation == NOT && count != FIRST_SOURCE + 1) {
      throw new CommandException("ERR BITOP NOT must be called with a single source key.");
    }
    byte[] result = operation.result(context, count);
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 2);
    boolean overwrites = keyspace.find();
    if (result.length > 0) {
      keyspace.put(NO_DEADLINE, result, 0, result.length);
      keyspace.happened(KeyEvent.SET);
    } else if (overwrites) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    }
    context.reply().integer(result.length);
  }

  private static BitOperation operation(CommandContext context) {
    for (BitOperation each : values()) {
      if (context.request().equalsIgnoreCase(1, Arguments.word(each.name()))) {
        return each;
      }
    }
    throw Errors.syntax();
  }

  private byte[] result(CommandContext context, int count) {
    Keyspace keyspace = context.keyspace();
    byte[] result = {};
    for (int i = FIRST_SOURCE; i < count; i++) {
      context.selectKey(i);
      int length = keyspace.findStringCounted() ? keyspace.valueLength() : 0;
      if (i == FIRST_SOURCE) {
        keyspace.holdsBeside(length);
        result = length == 0 ? result : StringCopy.of(keyspace);
        if (this == NOT) {
          invert(result);
        }
        continue;
      }
      if (length > result.length) {
        keyspace.holdsBeside(length);
        result = Arrays.copyOf(result, length);
      }
      if (length > 0) {
        combine(result, keyspace.valueSegment(), keyspace.valueOffset(), length);
      }
      if (this == AND) {
        Arrays.fill(result, length, result.length, (byte) 0);
      }
    }
    return result;
  }

  private void combine(byte[] result, MemorySegment bytes, long from, int length) {
    MemorySegment target = MemorySegment.ofArray(result);
    int i = 0;
    for (; i <= length - Long.BYTES; i += Long.BYTES) {
      target.set(WORD, i, of(target.get(WORD, i), bytes.get(WORD, from + i)));
    }
    for (; i < length; i++) {
      result[i] = (byte) of(result[i], bytes.get(ValueLayout.JAVA_BYTE, from + i));
    }
  }

  private static void invert(byte[] bytes) {
    MemorySegment target = MemorySegment.ofArray(bytes);
    int i = 0;
    for (; i <= bytes.length - Long.BYTES; i += Long.BYTES) {
      target.set(WORD, i, NOT.of(target.get(WORD, i), -1L));
    }
    for (; i < bytes.length; i++) {
      bytes[i] = (byte) NOT.of(bytes[i], -1L);
    }
  }
}
