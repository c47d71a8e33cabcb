package dev.varve.server.command.hyperloglog;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.hyperloglog.HyperLogLog;
import dev.varve.server.datatype.hyperloglog.SelfTest;
import dev.varve.server.datatype.string.StringValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import java.lang.foreign.MemorySegment;

/** What the commands on HyperLogLogs do. */
final class HyperLogLogCommands {
  private static final String OTHER_STRING =
      "WRONGTYPE Key is not a valid HyperLogLog string value.";
  private static final String CORRUPT = "INVALIDOBJ Corrupted HLL object detected";
  private static final byte[] GETREG = Arguments.word("GETREG");
  private static final byte[] DECODE = Arguments.word("DECODE");
  private static final byte[] ENCODING = Arguments.word("ENCODING");
  private static final byte[] TODENSE = Arguments.word("TODENSE");

  private HyperLogLogCommands() {}

  private static CommandException corrupt() {
    return new CommandException(CORRUPT);
  }

  /** Returns what was found, or an empty one if nothing was. */
  private static HyperLogLog loaded(CommandContext context, boolean live) {
    HyperLogLog loaded = context.hyperLogLog();
    Keyspace keyspace = context.keyspace();
    if (!live) {
      loaded.create();
    } else {
      StringValue string = context.string();
      string.found();
      keyspace.holdsBeside(HyperLogLog.bytesToLoad(string.length()));
      string.copyTo(loaded.room(string.length()));
      if (!loaded.load()) {
        throw new CommandException(OTHER_STRING);
      }
    }
    return loaded;
  }

  private static void store(Keyspace keyspace, boolean live, HyperLogLog changed) {
    keyspace.put(
        live ? keyspace.selected().deadline() : NO_DEADLINE, changed.bytes(), 0, changed.length());
  }

  static void add(CommandContext context) {
    Arguments.selectKeyToWrite(context, 1);
    Keyspace keyspace = context.keyspace();
    boolean live = keyspace.findString();
    if (live && hasSeenAll(context)) {
      context.reply().integer(0);
      return;
    }
    HyperLogLog its = loaded(context, live);
    Request request = context.request();
    long most = sparseBytes(context);
    boolean changed = !live;
    for (int i = 2; i < request.argumentCount(); i++) {
      switch (its.add(
          request.buffer(), request.argumentOffset(i), request.argumentLength(i), most)) {
        case CHANGED -> changed = true;
        case CORRUPT -> throw corrupt();
        case NONE -> {}
      }
    }
    if (changed) {
      its.forgetCount();
      store(keyspace, live, its);
      keyspace.happened(KeyEvent.PFADD);
    }
    context.reply().integer(changed ? 1 : 0);
  }

  /** Whether the string that was found is a dense one that all elements leave as it is. */
  private static boolean hasSeenAll(CommandContext context) {
    Keyspace keyspace = context.keyspace();
    if (keyspace.selected().isSpread()) {
      return false;
    }
    MemorySegment segment = keyspace.selected().valueSegment();
    long offset = keyspace.selected().valueOffset();
    if (!HyperLogLog.isDense(segment, offset, keyspace.selected().valueLength())) {
      return false;
    }
    Request request = context.request();
    for (int i = 2; i < request.argumentCount(); i++) {
      if (!HyperLogLog.hasSeen(
          segment,
          offset,
          request.buffer(),
          request.argumentOffset(i),
          request.argumentLength(i))) {
        return false;
      }
    }
    return true;
  }

  private static long sparseBytes(CommandContext context) {
    return context.services().config().collectionLimits().sparseHyperLogLogBytes();
  }

  /**
   * Executes PFCOUNT. The count of a single one is kept with it, which nobody is told of, as in
   * Redis.
   */
  static void count(CommandContext context) {
    if (context.request().argumentCount() > 2) {
      countUnion(context);
      return;
    }
    context.selectKey(1);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findStringCounted()) {
      context.reply().integer(0);
      return;
    }
    if (!keyspace.selected().isSpread()
        && HyperLogLog.isCounted(
            keyspace.selected().valueSegment(),
            keyspace.selected().valueOffset(),
            keyspace.selected().valueLength())) {
      context
          .reply()
          .integer(
              HyperLogLog.countOf(
                  keyspace.selected().valueSegment(), keyspace.selected().valueOffset()));
      return;
    }
    HyperLogLog its = loaded(context, true);
    if (!its.isCounted()) {
      if (!its.estimate()) {
        throw corrupt();
      }
      store(keyspace, true, its);
      keyspace.happened(KeyEvent.UNTOLD);
    }
    context.reply().integer(its.count());
  }

  private static void countUnion(CommandContext context) {
    unite(context);
    context.reply().integer(context.hyperLogLog().estimateUnion());
  }

  /**
   * Finds the greatest values of all keys' registers.
   *
   * @return whether any of them is dense
   */
  private static boolean unite(CommandContext context) {
    HyperLogLog each = context.hyperLogLog();
    each.beginUnion();
    boolean dense = false;
    for (int i = 1; i < context.request().argumentCount(); i++) {
      context.selectKey(i);
      if (context.keyspace().findStringCounted()) {
        dense |= loaded(context, true).isDense();
        if (!each.addToUnion()) {
          throw corrupt();
        }
      }
    }
    return dense;
  }

  static void merge(CommandContext context) {
    boolean dense = unite(context);
    Arguments.selectKeyToWrite(context, 1);
    Keyspace keyspace = context.keyspace();
    boolean live = keyspace.findString();
    HyperLogLog its = loaded(context, live);
    if (dense && !its.toDense()) {
      throw corrupt();
    }
    its.takeUnion(sparseBytes(context));
    store(keyspace, live, its);
    keyspace.happened(KeyEvent.PFADD);
    context.reply().ok();
  }

  static void debug(CommandContext context) {
    Request request = context.request();
    context.selectKey(2);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.findString()) {
      throw new CommandException("ERR The specified key does not exist");
    }
    HyperLogLog its = loaded(context, true);
    if (request.equalsIgnoreCase(1, GETREG)) {
      makeDense(keyspace, its);
      registers(context.reply(), its);
    } else if (request.equalsIgnoreCase(1, DECODE)) {
      if (its.isDense()) {
        throw new CommandException("ERR HLL encoding is not sparse");
      }
      context.reply().bulk(its.decoded());
    } else if (request.equalsIgnoreCase(1, ENCODING)) {
      context.reply().simpleString(its.isDense() ? "dense" : "sparse");
    } else if (request.equalsIgnoreCase(1, TODENSE)) {
      context.reply().integer(makeDense(keyspace, its) ? 1 : 0);
    } else {
      throw new CommandException(
          "ERR Unknown PFDEBUG subcommand '" + Arguments.printed(request, 1) + "'");
    }
  }

  /** Returns whether it wasn't dense before. */
  private static boolean makeDense(Keyspace keyspace, HyperLogLog its) {
    if (its.isDense()) {
      return false;
    }
    if (!its.toDense()) {
      throw corrupt();
    }
    store(keyspace, true, its);
    keyspace.happened(KeyEvent.UNTOLD);
    return true;
  }

  private static void registers(ReplySink reply, HyperLogLog dense) {
    reply.arrayHeader(HyperLogLog.REGISTERS);
    for (int i = 0; i < HyperLogLog.REGISTERS; i++) {
      reply.integer(dense.register(i));
    }
  }

  static void selfTest(CommandContext context) {
    String failure = new SelfTest(context.keyspace().random(), sparseBytes(context)).run();
    if (failure == null) {
      context.reply().ok();
    } else {
      throw new CommandException("ERR TESTFAILED " + failure);
    }
  }
}
