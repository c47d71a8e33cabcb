package dev.varve.server.command.connection;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.ClientLine;
import dev.varve.server.dispatch.ClientMemory;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.Session;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/** The subcommands of CLIENT, but for KILL. */
final class ClientCommand {
  private static final byte[] ON = Arguments.word("ON");
  private static final byte[] OFF = Arguments.word("OFF");
  private static final byte[] SKIP = Arguments.word("SKIP");
  private static final byte[] TYPE = Arguments.word("TYPE");
  private static final byte[] ID = Arguments.word("ID");
  private static final byte[] LIB_NAME = Arguments.word("LIB-NAME");
  private static final byte[] LIB_VER = Arguments.word("LIB-VER");

  /** Bytes of a name that a connection is given: it holds them as long as it lives. */
  private static final int LONGEST_NAME = 512;

  private ClientCommand() {}

  static void id(CommandContext context) {
    context.reply().integer(context.session().id());
  }

  static void info(CommandContext context) {
    StringBuilder text = new StringBuilder();
    append(text, context.session(), context);
    context.reply().verbatim(text.toString());
  }

  /** Appends a connection's line. */
  private static void append(StringBuilder text, Session session, CommandContext asking) {
    ClientMemory memory = asking.services().clients().memory(session);
    if (session == asking.session()) {
      memory = memory.withRequest(asking.request().byteSize());
    }
    ClientLine.append(text, session, asking.services().storage().nowMillis(), memory);
  }

  static void list(CommandContext context) {
    Request request = context.request();
    int count = request.argumentCount();
    List<Session> sessions = context.services().clients().sessions();
    if (count == 4 && request.equalsIgnoreCase(2, TYPE)) {
      sessions = ofType(request, 3, sessions);
    } else if (count > 3 && request.equalsIgnoreCase(2, ID)) {
      sessions = withIds(context, sessions);
    } else if (count != 2) {
      throw Errors.syntax();
    }
    StringBuilder text = new StringBuilder();
    for (Session session : sessions) {
      append(text, session, context);
    }
    context.reply().verbatim(text.toString());
  }

  /** Returns the sessions of a type: all of them, if it is that of ordinary clients. */
  static List<Session> ofType(Request request, int index, List<Session> sessions) {
    String type = Arguments.printed(request, index);
    return switch (type.toLowerCase(Locale.ROOT)) {
      case "normal" -> sessions.stream().filter(session -> !session.isSubscriber()).toList();
      case "pubsub" -> sessions.stream().filter(Session::isSubscriber).toList();
      case "master", "replica", "slave" -> List.of();
      default -> throw new CommandException("ERR Unknown client type '" + type + "'");
    };
  }

  private static List<Session> withIds(CommandContext context, List<Session> sessions) {
    List<Session> wanted = new ArrayList<>();
    for (int i = 3; i < context.request().argumentCount(); i++) {
      long id = Arguments.longValue(context, i, "ERR Invalid client ID");
      for (Session session : sessions) {
        if (session.id() == id) {
          wanted.add(session);
        }
      }
    }
    return wanted;
  }

  static void setName(CommandContext context) {
    setName(context, 2);
    context.reply().ok();
  }

  static void setName(CommandContext context, int index) {
    String name = context.request().argumentString(index);
    if (!isPlain(name)) {
      throw new CommandException(
          "ERR Client names cannot contain spaces, newlines or special characters.");
    }
    checkLength("Client names", name);
    context.session().name(name);
  }

  private static void checkLength(String what, String text) {
    if (text.length() > LONGEST_NAME) {
      throw new CommandException(
          "ERR " + what + " cannot be longer than " + LONGEST_NAME + " bytes.");
    }
  }

  /** Whether a text can stand in CLIENT LIST without breaking it. */
  private static boolean isPlain(String text) {
    return text.chars().allMatch(c -> c >= '!' && c <= '~');
  }

  static void getName(CommandContext context) {
    String name = context.session().name();
    if (name.isEmpty()) {
      context.reply().nullBulk();
    } else {
      context.reply().bulk(name);
    }
  }

  static void setInfo(CommandContext context) {
    Request request = context.request();
    Session session = context.session();
    String value = request.argumentString(3);
    if (request.equalsIgnoreCase(2, LIB_NAME)) {
      checkAttribute(request, value);
      session.libraryName(value);
    } else if (request.equalsIgnoreCase(2, LIB_VER)) {
      checkAttribute(request, value);
      session.libraryVersion(value);
    } else {
      throw new CommandException("ERR Unrecognized option '" + Arguments.printed(request, 2) + "'");
    }
    context.reply().ok();
  }

  private static void checkAttribute(Request request, String value) {
    if (!isPlain(value)) {
      throw new CommandException(
          "ERR "
              + Arguments.printed(request, 2)
              + " cannot contain spaces, newlines or special characters.");
    }
    checkLength(Arguments.printed(request, 2), value);
  }

  static void reply(CommandContext context) {
    Request request = context.request();
    Session session = context.session();
    if (request.equalsIgnoreCase(2, ON)) {
      session.replyMode(Session.ReplyMode.ON);
    } else if (request.equalsIgnoreCase(2, OFF)) {
      session.replyMode(Session.ReplyMode.OFF);
    } else if (request.equalsIgnoreCase(2, SKIP)) {
      if (session.replyMode() != Session.ReplyMode.OFF) {
        session.replyMode(Session.ReplyMode.SKIP_NEXT);
      }
    } else {
      throw Errors.syntax();
    }
    context.reply().ok();
  }

  static void noEvict(CommandContext context) {
    onOrOff(context, context.session()::noEvict);
  }

  static void noTouch(CommandContext context) {
    onOrOff(context, context.session()::noTouch);
  }

  private static void onOrOff(CommandContext context, Consumer<Boolean> setting) {
    Request request = context.request();
    if (request.equalsIgnoreCase(2, ON)) {
      setting.accept(true);
    } else if (request.equalsIgnoreCase(2, OFF)) {
      setting.accept(false);
    } else {
      throw Errors.syntax();
    }
    context.reply().ok();
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "GETNAME",
        "    Tell the name of this connection.",
        "ID",
        "    Tell the number of this connection.",
        "INFO",
        "    Tell all about this connection.",
        "KILL <ip:port>",
        "    Close the connection from an address.",
        "KILL <option> <value> [<option> <value> [...]]",
        "    Close the connections that all options fit:",
        "    * ADDR <ip:port>: from this address",
        "    * LADDR <ip:port>: to this address",
        "    * ID <client-id>: of this number",
        "    * TYPE (NORMAL|MASTER|REPLICA|PUBSUB): of this type",
        "    * USER <username>: of this user",
        "    * SKIPME (YES|NO): whether to spare this connection (default: yes)",
        "LIST [TYPE (NORMAL|MASTER|REPLICA|PUBSUB) | ID <client-id> [<client-id> ...]]",
        "    Tell all about connections.",
        "NO-EVICT (ON|OFF)",
        "    Protect this connection when memory for connections is short.",
        "NO-TOUCH (ON|OFF)",
        "    Let this connection's reads not count as use of keys.",
        "PAUSE <timeout> [WRITE|ALL]",
        "    Let all clients' commands, or only writes, wait for so many milliseconds.",
        "REPLY (ON|OFF|SKIP)",
        "    Say which replies this connection wants.",
        "SETINFO (LIB-NAME <name>|LIB-VER <version>)",
        "    Name the library that this connection is made by.",
        "SETNAME <name>",
        "    Give this connection a name.",
        "TRACKING (ON|OFF) [REDIRECT <id>] [BCAST] [PREFIX <prefix> [...]] [OPTIN] [OPTOUT]"
            + " [NOLOOP]",
        "    Have this connection told when keys that it has read are changed.",
        "CACHING (YES|NO)",
        "    Say whether what the next command reads is kept by the client.",
        "GETREDIR",
        "    Tell which connection is told in place of this one.",
        "TRACKINGINFO",
        "    Tell how this connection is told.",
        "UNBLOCK <client-id> [TIMEOUT|ERROR]",
        "    End the waiting of a connection's command.",
        "UNPAUSE",
        "    Let clients' commands wait no more.");
  }
}
