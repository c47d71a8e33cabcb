package dev.varve.server.command.bits;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.WriterRole;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import io.netty.buffer.ByteBufUtil;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** BITOP: makes a string of the bits of others; the shorter ones end in zeros. */
enum BitOperation {
  AND {
    @Override
    void combine(byte[] target, int at, MemorySegment segment, long offset, int count) {
      int i = 0;
      for (; i <= count - Long.BYTES; i += Long.BYTES) {
        WORD.set(target, at + i, (long) WORD.get(target, at + i) & segment.get(SOURCE, offset + i));
      }
      for (; i < count; i++) {
        target[at + i] &= segment.get(ValueLayout.JAVA_BYTE, offset + i);
      }
    }
  },
  OR {
    @Override
    void combine(byte[] target, int at, MemorySegment segment, long offset, int count) {
      int i = 0;
      for (; i <= count - Long.BYTES; i += Long.BYTES) {
        WORD.set(target, at + i, (long) WORD.get(target, at + i) | segment.get(SOURCE, offset + i));
      }
      for (; i < count; i++) {
        target[at + i] |= segment.get(ValueLayout.JAVA_BYTE, offset + i);
      }
    }
  },
  XOR {
    @Override
    void combine(byte[] target, int at, MemorySegment segment, long offset, int count) {
      int i = 0;
      for (; i <= count - Long.BYTES; i += Long.BYTES) {
        WORD.set(target, at + i, (long) WORD.get(target, at + i) ^ segment.get(SOURCE, offset + i));
      }
      for (; i < count; i++) {
        target[at + i] ^= segment.get(ValueLayout.JAVA_BYTE, offset + i);
      }
    }
  },
  /** Inverts one string. */
  NOT {
    @Override
    void combine(byte[] target, int at, MemorySegment segment, long offset, int count) {
      throw new IllegalStateException("NOT of a second string");
    }
  };

  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private static final ValueLayout.OfLong SOURCE = ValueLayout.JAVA_LONG_UNALIGNED;

  private static final int FIRST_SOURCE = 3;

  /** Combines so many bytes of an array with as many of another string; the result is there. */
  abstract void combine(byte[] target, int at, MemorySegment segment, long offset, int count);

  static void run(CommandContext context) {
    BitOperation operation = operation(context);
    int count = context.request().argumentCount();
    if (operation == NOT && count != FIRST_SOURCE + 1) {
      throw new CommandException("ERR BITOP NOT must be called with a single source key.");
    }
    StringValue string = context.string();
    Keyspace keyspace = context.keyspace();
    BitRows result = new BitRows(operation, keyspace, longest(context, string));
    boolean begun = beginWhole(context, string, result);
    for (int i = FIRST_SOURCE; i < count; i++) {
      context.selectKey(i);
      string.findLength();
      result.take(string);
    }
    if (begun) {
      context.selectKey(2);
      keyspace.happened(KeyEvent.SET);
    } else {
      store(context, string, result);
    }
    context.reply().integer(result.length());
  }

  private static void store(CommandContext context, StringValue string, BitRows result) {
    Keyspace keyspace = context.keyspace();
    Arguments.selectKeyToWrite(context, 2);
    boolean overwrites = keyspace.find();
    if (result.length() > 0) {
      result.store(string);
      keyspace.happened(KeyEvent.SET);
    } else if (overwrites) {
      keyspace.delete();
      keyspace.happened(KeyEvent.DEL);
    }
  }

  /**
   * Has the result made where it is stored, if it is long, and whole whatever follows its first
   * source: it is on the heap once then. None of the sources is looked at beyond that if it is
   * overwritten.
   */
  private static boolean beginWhole(CommandContext context, StringValue string, BitRows result) {
    Request request = context.request();
    for (int i = FIRST_SOURCE; i < request.argumentCount(); i++) {
      if (isSame(request, i, 2)) {
        return false;
      }
    }
    context.selectKey(FIRST_SOURCE);
    string.findLength();
    if (!result.isWholeBehind(string)) {
      return false;
    }
    Arguments.selectKeyToWrite(context, 2);
    context.keyspace().find();
    result.beginWhole(string);
    return true;
  }

  private static boolean isSame(Request request, int one, int other) {
    int length = request.argumentLength(one);
    return length == request.argumentLength(other)
        && ByteBufUtil.equals(
            request.buffer(),
            request.argumentOffset(one),
            request.buffer(),
            request.argumentOffset(other),
            length);
  }

  /** Returns the length of the longest source. */
  private static int longest(CommandContext context, StringValue string) {
    int length = 0;
    for (int i = FIRST_SOURCE; i < context.request().argumentCount(); i++) {
      context.selectKey(i);
      string.findLengthCounted();
      length = Math.max(length, string.length());
      if (string.isLong()) {
        WriterRole.need(context);
      }
    }
    return length;
  }

  private static BitOperation operation(CommandContext context) {
    for (BitOperation each : values()) {
      if (context.request().equalsIgnoreCase(1, Arguments.word(each.name()))) {
        return each;
      }
    }
    throw Errors.syntax();
  }
}
