package dev.varve.server.command.bits;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec.KeyConsumer;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** BITFIELD and BITFIELD_RO: numbers of some bits each, anywhere in a string. */
final class BitFieldCommand {
  private static final byte[] GET = Arguments.word("GET");
  private static final byte[] SET = Arguments.word("SET");
  private static final byte[] INCRBY = Arguments.word("INCRBY");
  private static final byte[] OVERFLOW = Arguments.word("OVERFLOW");
  private static final byte[] WRAP = Arguments.word("WRAP");
  private static final byte[] SAT = Arguments.word("SAT");
  private static final byte[] FAIL = Arguments.word("FAIL");
  private static final Set<KeyFlag> READ =
      Collections.unmodifiableSet(EnumSet.of(KeyFlag.RO, KeyFlag.ACCESS));
  private static final Set<KeyFlag> WRITTEN =
      Collections.unmodifiableSet(EnumSet.of(KeyFlag.RW, KeyFlag.ACCESS, KeyFlag.UPDATE));

  private static final int NOT_WHOLE = -1;

  private final CommandContext context;
  private final StringValue string;
  private final List<Step> steps = new ArrayList<>();
  private boolean writes;

  /** Where a string that is written as a whole lies in the batch, or {@link #NOT_WHOLE}. */
  private int wholeAt = NOT_WHOLE;

  private int wholeLength;

  /** The bytes that a number lies in. */
  private final byte[] window = new byte[Long.BYTES + 1];

  private final MemorySegment windowSegment = MemorySegment.ofArray(window);

  /** Where the last bit that is written ends. */
  private long end;

  private enum Kind {
    GET,
    SET,
    INCRBY
  }

  private record Step(
      Kind kind, BitNumber number, long bit, long operand, BitNumber.Overflow overflow) {

    /** The place of the first byte that has some of its bits. */
    private long firstByte() {
      return bit >>> 3;
    }

    /** How many bytes have some. */
    private int bytes() {
      return (int) (((bit + number.bits() + 7) >>> 3) - firstByte());
    }
  }

  private BitFieldCommand(CommandContext context) {
    this.context = context;
    this.string = context.string();
  }

  static void readAndWrite(CommandContext context) {
    BitFieldCommand command = new BitFieldCommand(context);
    command.parse();
    if (command.writes) {
      command.write();
    } else {
      command.read();
    }
  }

  static void readOnly(CommandContext context) {
    BitFieldCommand command = new BitFieldCommand(context);
    command.parse();
    if (command.writes) {
      throw new CommandException("ERR BITFIELD_RO only supports the GET subcommand");
    }
    command.read();
  }

  /** What it does with its key follows from its steps. */
  static boolean keyOf(Request request, int offset, KeyConsumer action) {
    if (request.argumentCount() <= offset + 1) {
      return false;
    }
    action.accept(offset + 1, onlyReads(request, offset + 2) ? READ : WRITTEN);
    return true;
  }

  private static boolean onlyReads(Request request, int first) {
    int at = first;
    while (at < request.argumentCount()) {
      int left = request.argumentCount() - at - 1;
      if (request.equalsIgnoreCase(at, GET) && left >= 2) {
        at += 3;
      } else if (request.equalsIgnoreCase(at, OVERFLOW) && left >= 1) {
        at += 2;
      } else {
        return false;
      }
    }
    return true;
  }

  private void parse() {
    Request request = context.request();
    BitNumber.Overflow overflow = BitNumber.Overflow.WRAP;
    int at = 2;
    while (at < request.argumentCount()) {
      int left = request.argumentCount() - at - 1;
      if (request.equalsIgnoreCase(at, OVERFLOW) && left >= 1) {
        overflow = overflow(request, at + 1);
        at += 2;
      } else {
        at += step(kind(request, at, left), at, overflow);
      }
    }
  }

  private static Kind kind(Request request, int at, int left) {
    if (request.equalsIgnoreCase(at, GET) && left >= 2) {
      return Kind.GET;
    } else if (request.equalsIgnoreCase(at, SET) && left >= 3) {
      return Kind.SET;
    } else if (request.equalsIgnoreCase(at, INCRBY) && left >= 3) {
      return Kind.INCRBY;
    }
    throw Errors.syntax();
  }

  private static BitNumber.Overflow overflow(Request request, int argument) {
    if (request.equalsIgnoreCase(argument, WRAP)) {
      return BitNumber.Overflow.WRAP;
    } else if (request.equalsIgnoreCase(argument, SAT)) {
      return BitNumber.Overflow.SAT;
    } else if (request.equalsIgnoreCase(argument, FAIL)) {
      return BitNumber.Overflow.FAIL;
    }
    throw new CommandException("ERR Invalid OVERFLOW type specified");
  }

  /** Adds a step; returns how many arguments it takes. */
  private int step(Kind kind, int at, BitNumber.Overflow overflow) {
    BitNumber number = BitNumber.parse(BitArguments.text(context, at + 1));
    long bit = BitArguments.offset(context, at + 2, number.bits());
    long operand = 0;
    if (kind != Kind.GET) {
      writes = true;
      end = Math.max(end, bit + number.bits());
      operand = Arguments.longValue(context, at + 3);
    }
    steps.add(new Step(kind, number, bit, operand, overflow));
    return kind == Kind.GET ? 3 : 4;
  }

  private void read() {
    context.selectKey(1);
    string.findCounted();
    context.reply().arrayHeader(steps.size());
    for (Step step : steps) {
      context.reply().integer(step.number.of(bits(step)));
    }
  }

  /** Returns the bits that a step's number has in the string. */
  private long bits(Step step) {
    if (wholeAt != NOT_WHOLE) {
      MemorySegment bytes = MemorySegment.ofArray(context.keyspace().batchBytes());
      return BitRow.number(bytes, wholeAt, wholeLength, step.bit, step.number.bits());
    }
    int count = step.bytes();
    for (int i = 0; i < count; i++) {
      window[i] = (byte) string.byteAt(step.firstByte() + i);
    }
    return BitRow.number(windowSegment, 0, count, step.bit & 7, step.number.bits());
  }

  /** Puts a step's number into the string; what was there was asked for just before. */
  private void put(Step step, long number) {
    if (wholeAt != NOT_WHOLE) {
      byte[] bytes = context.keyspace().batchBytes();
      BitRow.put(bytes, wholeAt, step.bit, step.number.bits(), number);
      return;
    }
    BitRow.put(window, 0, step.bit & 7, step.number.bits(), number);
    string.put(
        (int) step.firstByte(),
        step.bytes(),
        (from, target, at, count) -> System.arraycopy(window, from, target, at, count));
  }

  private void write() {
    Arguments.selectKeyToWrite(context, 1);
    string.find();
    int oldLength = string.length();
    BitArguments.checkLength((end + 7) >>> 3);
    int length = Math.max(oldLength, (int) ((end + 7) >>> 3));
    boolean inChunks = string.beginChunks(length, steps.size() * Long.BYTES);
    if (!inChunks) {
      wholeAt = string.reserveWhole(length);
      wholeLength = length;
    }
    context.reply().arrayHeader(steps.size());
    boolean changed = false;
    for (Step step : steps) {
      changed |= take(step);
    }
    Keyspace keyspace = context.keyspace();
    if (!changed && length == oldLength) {
      keyspace.rollBack();
      return;
    }
    if (inChunks) {
      string.store();
    }
    // If it has only become longer, by zeros, Redis tells nobody.
    keyspace.happened(changed ? KeyEvent.SETBIT : KeyEvent.UNTOLD);
  }

  /** Takes a step; returns whether it has changed anything. */
  private boolean take(Step step) {
    BitNumber number = step.number;
    long old = number.of(bits(step));
    if (step.kind == Kind.GET) {
      context.reply().integer(old);
      return false;
    }
    boolean adds = step.kind == Kind.INCRBY;
    boolean fits = adds ? number.fits(old, step.operand) : number.fits(step.operand);
    if (!fits && step.overflow == BitNumber.Overflow.FAIL) {
      context.reply().nullBulk();
      return false;
    }
    long next;
    if (adds) {
      next = fits ? old + step.operand : number.instead(old, step.operand, step.overflow);
    } else {
      next = fits ? step.operand : number.instead(step.operand, step.overflow);
    }
    if (next != old) {
      put(step, next);
    }
    context.reply().integer(adds ? next : old);
    return next != old;
  }
}
