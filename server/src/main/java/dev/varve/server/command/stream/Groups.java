package dev.varve.server.command.stream;

import dev.varve.server.command.support.Arguments;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.Pending;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import java.util.List;

/** What commands that change what is pending in groups have in common. */
final class Groups {
  /** How many entries are gathered before something is done with them. */
  static final int PAGE = 512;

  private Groups() {}

  /**
   * Looks a group up.
   *
   * @return null: there is no such key, or no such group
   */
  static ConsumerGroup find(CommandContext context, int key, int group) {
    StreamValue stream = EntryCommands.findCounted(context, key);
    return stream.groups().find(context.request().argumentBytes(group));
  }

  /**
   * Returns the consumer whose name an argument is; it is made if there is none, and has asked now.
   */
  static Consumer consumer(CommandContext context, ConsumerGroup group, int argument, long now) {
    byte[] name = context.request().argumentBytes(argument);
    Consumer found = group.find(name);
    if (found == null) {
      Arguments.checkMemberLength(context, argument);
      found = group.create(name, now);
      context.keyspace().happened(KeyEvent.XGROUP_CREATECONSUMER);
    }
    found.seen(now);
    return found;
  }

  /** Does something with a pending entry, which may be changed. */
  @FunctionalInterface
  interface Action {
    /** Does it. */
    void accept(Pending entry);
  }

  /**
   * Does something with pending entries, from an id on.
   *
   * @param consumer whose; null: anybody's
   * @param most with how many
   */
  static void forEach(
      ConsumerGroup group, Consumer consumer, StreamId from, long most, Action action) {
    StreamId next = from;
    long left = most;
    List<Pending> page;
    int wanted;
    do {
      wanted = (int) Math.min(PAGE, left);
      page = wanted == 0 ? List.of() : group.page(consumer, next, StreamId.MAX, wanted);
      page.forEach(action::accept);
      left -= page.size();
      if (!page.isEmpty()) {
        next = page.getLast().id().next();
      }
    } while (!page.isEmpty() && page.size() == wanted && !next.isZero());
  }
}
