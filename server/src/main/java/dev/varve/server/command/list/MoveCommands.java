package dev.varve.server.command.list;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.ValueType;
import dev.varve.server.datatype.WrongTypeException;
import dev.varve.server.datatype.list.ListValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Commands that move an element from an end of one list to an end of another. */
final class MoveCommands {
  private static final int SOURCE = 1;
  private static final int DESTINATION = 2;

  private MoveCommands() {}

  /** From which end to which. */
  record Ends(boolean fromLeft, boolean toLeft) {
    /** Those of RPOPLPUSH. */
    static final Ends RIGHT_TO_LEFT = new Ends(false, true);

    /** Reads those of LMOVE. */
    static Ends of(Request request) {
      return new Ends(EndCommands.isLeft(request, 3), EndCommands.isLeft(request, 4));
    }
  }

  static void move(CommandContext context) {
    moveIfThere(context, Ends.of(context.request()));
  }

  static void popPush(CommandContext context) {
    moveIfThere(context, Ends.RIGHT_TO_LEFT);
  }

  /** Moves an element of the source, if there is one. */
  static void moveIfThere(CommandContext context, Ends ends) {
    context.selectKey(SOURCE);
    if (context.list().find()) {
      moveFound(context, ends);
    } else {
      context.reply().nullBulk();
    }
  }

  /** Moves an element of the source, which has been found. */
  static void moveFound(CommandContext context, Ends ends) {
    ListValue list = context.list();
    list.findElement(ends.fromLeft() ? 0 : list.count() - 1);
    byte[] element = new byte[list.length()];
    MemorySegment.copy(
        list.segment(), ValueLayout.JAVA_BYTE, list.offset(), element, 0, element.length);
    context.keyspace().holdsBeside(element.length);
    if (Arguments.same(context.request(), SOURCE, DESTINATION)) {
      list.drop(ends.fromLeft(), 1, element.length);
      push(context, element, ends);
    } else {
      findDestination(context);
      push(context, element, ends);
      context.selectKey(SOURCE);
      list.find();
      list.drop(ends.fromLeft(), 1, element.length);
      list.store();
    }
    context.keyspace().happened(ends.fromLeft() ? KeyEvent.LPOP : KeyEvent.RPOP);
    if (list.count() == 0) {
      context.keyspace().happened(KeyEvent.DEL);
    }
    context.reply().bulk(element);
  }

  private static void findDestination(CommandContext context) {
    Arguments.selectKeyToWrite(context, DESTINATION);
    Keyspace keyspace = context.keyspace();
    if (keyspace.find() && keyspace.selected().type() != ValueType.LIST) {
      // Also of one that has waited: with another type of what it waits for it would wait on.
      throw new CommandException(WrongTypeException.ERROR);
    }
    context.list().find();
  }

  private static void push(CommandContext context, byte[] element, Ends ends) {
    ListValue list = context.list();
    list.select(Unpooled.wrappedBuffer(element), 0, element.length);
    list.push(ends.toLeft());
    EndCommands.storePushed(context, list, ends.toLeft());
  }
}
