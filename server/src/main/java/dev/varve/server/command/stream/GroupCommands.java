package dev.varve.server.command.stream;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.stream.Consumer;
import dev.varve.server.datatype.stream.ConsumerGroup;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;

/** XGROUP. */
final class GroupCommands {
  private static final byte[] MKSTREAM = Arguments.word("MKSTREAM");
  private static final byte[] ENTRIESREAD = Arguments.word("ENTRIESREAD");
  private static final int FIRST_OPTION = 5;
  private static final int MOST_OF_CREATE = 8;
  private static final int WITH_ENTRIES_READ = 7;

  private GroupCommands() {}

  /** The options of CREATE and SETID. */
  private record Options(boolean makesStream, long read) {
    static Options of(CommandContext context, boolean creates) {
      Request request = context.request();
      boolean makesStream = false;
      long read = ConsumerGroup.UNKNOWN;
      int i = FIRST_OPTION;
      while (i < request.argumentCount()) {
        if (creates && request.equalsIgnoreCase(i, MKSTREAM)) {
          makesStream = true;
          i++;
        } else if (i + 1 < request.argumentCount() && request.equalsIgnoreCase(i, ENTRIESREAD)) {
          read = Arguments.longValue(context, i + 1);
          if (read < ConsumerGroup.UNKNOWN) {
            throw new CommandException("ERR value for ENTRIESREAD must be positive or -1");
          }
          i += 2;
        } else {
          throw Errors.subcommand(context);
        }
      }
      return new Options(makesStream, read);
    }
  }

  /** Finds the stream, which there must be. */
  private static StreamValue stream(CommandContext context) {
    context.selectKey(2);
    StreamValue stream = context.stream();
    if (!stream.find()) {
      throw noKey();
    }
    return stream;
  }

  private static CommandException noKey() {
    return new CommandException(
        "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want"
            + " to use the MKSTREAM option to create an empty stream automatically.");
  }

  private static ConsumerGroup find(CommandContext context, StreamValue stream) {
    return stream.groups().find(context.request().argumentBytes(3));
  }

  /** Finds the group, which there must be. */
  private static ConsumerGroup group(CommandContext context, StreamValue stream) {
    ConsumerGroup group = find(context, stream);
    if (group == null) {
      throw noGroup(context);
    }
    return group;
  }

  /** Returns the error of a group, the fourth argument, that the third one's stream hasn't. */
  static CommandException noGroup(CommandContext context) {
    return new CommandException(
        "NOGROUP No such consumer group '"
            + Arguments.printed(context.request(), 3)
            + "' for key name '"
            + Arguments.printed(context.request(), 2)
            + "'");
  }

  static void create(CommandContext context) {
    Options options = Options.of(context, true);
    Arguments.selectKeyToWrite(context, 2);
    StreamValue stream = context.stream();
    if (!stream.find()) {
      if (!options.makesStream()) {
        throw noKey();
      }
      stream.create();
    }
    if (context.request().argumentCount() > MOST_OF_CREATE) {
      throw Errors.subcommand(context);
    }
    StreamId last = isEnd(context) ? stream.generatedId() : StreamArguments.id(context, 4);
    Arguments.checkMemberLength(context, 3);
    if (find(context, stream) != null) {
      throw new CommandException("BUSYGROUP Consumer Group name already exists");
    }
    byte[] name = context.request().argumentBytes(3);
    stream.groups().create(name, last, options.read()).store();
    stream.store();
    context.keyspace().happened(KeyEvent.XGROUP_CREATE);
    context.reply().ok();
  }

  private static boolean isEnd(CommandContext context) {
    return context.request().argumentLength(4) == 1 && context.request().argumentBytes(4)[0] == '$';
  }

  static void setId(CommandContext context) {
    Options options = Options.of(context, false);
    StreamValue stream = stream(context);
    ConsumerGroup group = group(context, stream);
    int count = context.request().argumentCount();
    if (count != FIRST_OPTION && count != WITH_ENTRIES_READ) {
      throw Errors.subcommand(context);
    }
    StreamId last = isEnd(context) ? stream.generatedId() : StreamArguments.idOrEdge(context, 4);
    group.last(last, options.read());
    group.store();
    context.keyspace().happened(KeyEvent.XGROUP_SETID);
    context.reply().ok();
  }

  static void destroy(CommandContext context) {
    StreamValue stream = stream(context);
    ConsumerGroup group = find(context, stream);
    if (group == null) {
      context.reply().integer(0);
      return;
    }
    stream.groups().destroy(group);
    // The head is put, so who waits for the group's entries hears of it.
    stream.store();
    context.keyspace().happened(KeyEvent.XGROUP_DESTROY);
    context.reply().integer(1);
  }

  static void createConsumer(CommandContext context) {
    ConsumerGroup group = group(context, stream(context));
    Arguments.checkMemberLength(context, 4);
    byte[] name = context.request().argumentBytes(4);
    if (group.find(name) != null) {
      context.reply().integer(0);
      return;
    }
    group.create(name, context.keyspace().time().wallNow());
    group.store();
    context.keyspace().happened(KeyEvent.XGROUP_CREATECONSUMER);
    context.reply().integer(1);
  }

  static void deleteConsumer(CommandContext context) {
    ConsumerGroup group = group(context, stream(context));
    Consumer consumer = group.find(context.request().argumentBytes(4));
    if (consumer == null) {
      context.reply().integer(0);
      return;
    }
    long pending = consumer.pending();
    group.delete(consumer);
    group.store();
    context.keyspace().happened(KeyEvent.XGROUP_DELCONSUMER);
    context.reply().integer(pending);
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "CREATE <key> <group> <id|$> [MKSTREAM] [ENTRIESREAD <count>]",
        "    Make a group that is given the entries behind an id.",
        "CREATECONSUMER <key> <group> <consumer>",
        "    Make a consumer.",
        "DELCONSUMER <key> <group> <consumer>",
        "    Remove a consumer, with what it has pending.",
        "DESTROY <key> <group>",
        "    Remove a group.",
        "SETID <key> <group> <id|$> [ENTRIESREAD <count>]",
        "    Set the id behind which a group is given entries.");
  }
}
