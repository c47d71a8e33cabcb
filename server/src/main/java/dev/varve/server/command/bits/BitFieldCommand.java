package dev.varve.server.command.bits;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.StringCopy;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
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

  private final CommandContext context;
  private final Keyspace keyspace;
  private final List<Step> steps = new ArrayList<>();
  private boolean writes;

  /** Behind the last bit that is written. */
  private long end;

  private enum Kind {
    GET,
    SET,
    INCRBY
  }

  private record Step(
      Kind kind, BitNumber number, long bit, long operand, BitNumber.Overflow overflow) {}

  private BitFieldCommand(CommandContext context) {
    this.context = context;
    this.keyspace = context.keyspace();
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
    boolean live = keyspace.findStringCounted();
    MemorySegment bytes = live ? keyspace.valueSegment() : MemorySegment.NULL;
    long from = live ? keyspace.valueOffset() : 0;
    int length = live ? keyspace.valueLength() : 0;
    context.reply().arrayHeader(steps.size());
    for (Step step : steps) {
      context
          .reply()
          .integer(
              step.number.of(BitRow.number(bytes, from, length, step.bit, step.number.bits())));
    }
  }

  private void write() {
    Arguments.selectKeyToWrite(context, 1);
    boolean live = keyspace.findString();
    int oldLength = live ? keyspace.valueLength() : 0;
    int length = BitArguments.checkedLength(context, Math.max(oldLength, (end + 7) >>> 3));
    int at = keyspace.reserve(live ? keyspace.deadline() : NO_DEADLINE, length);
    StringCopy.copyAndPad(keyspace, oldLength, at, length);
    context.reply().arrayHeader(steps.size());
    boolean changed = false;
    for (Step step : steps) {
      changed |= take(step, at, length);
    }
    if (changed) {
      keyspace.happened(KeyEvent.SETBIT);
    } else if (length > oldLength) {
      // It has got zeros at its end, of which Redis tells nobody.
      keyspace.happened(KeyEvent.UNTOLD);
    } else {
      keyspace.rollBack();
    }
  }

  /** Takes a step in the bytes that are written; returns whether it has changed anything. */
  private boolean take(Step step, int at, int length) {
    byte[] bytes = keyspace.batchBytes();
    BitNumber number = step.number;
    long old =
        number.of(BitRow.number(MemorySegment.ofArray(bytes), at, length, step.bit, number.bits()));
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
    BitRow.put(bytes, at, step.bit, number.bits(), next);
    context.reply().integer(adds ? next : old);
    return next != old;
  }
}
