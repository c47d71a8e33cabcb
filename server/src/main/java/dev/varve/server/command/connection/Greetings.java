package dev.varve.server.command.connection;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.ServerInfo;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.User;
import dev.varve.server.dispatch.Users;
import dev.varve.server.pubsub.Subscriber;

/** Commands that begin, check and end a conversation. */
final class Greetings {
  private static final byte[] AUTH = Arguments.word("AUTH");
  private static final byte[] SETNAME = Arguments.word("SETNAME");

  private Greetings() {}

  static void ping(CommandContext context) {
    Request request = context.request();
    switch (request.argumentCount()) {
      case 1, 2 -> {
        if (context.session().takesOnlyMessages()) {
          pingOfSubscriber(context);
        } else if (request.argumentCount() == 1) {
          context.reply().pong();
        } else {
          echo(context);
        }
      }
      default -> throw Errors.arity(context);
    }
  }

  /** Its client reads nothing but what looks like a message. */
  private static void pingOfSubscriber(CommandContext context) {
    context.reply().arrayHeader(2);
    context.reply().bulk("pong");
    if (context.request().argumentCount() == 1) {
      context.reply().bulk("");
    } else {
      echo(context);
    }
  }

  static void echo(CommandContext context) {
    Request request = context.request();
    context.reply().bulk(request.buffer(), request.argumentOffset(1), request.argumentLength(1));
  }

  static void hello(CommandContext context) {
    Request request = context.request();
    Session session = context.session();
    ProtocolVersion version = session.protocol();
    if (request.argumentCount() > 1) {
      version = version(context);
    }
    for (int i = 2; i < request.argumentCount(); i++) {
      int more = request.argumentCount() - 1 - i;
      if (request.equalsIgnoreCase(i, AUTH) && more >= 2) {
        authenticate(context, request.argumentString(i + 1), i + 2);
        i += 2;
      } else if (request.equalsIgnoreCase(i, SETNAME) && more >= 1) {
        ClientCommand.setName(context, i + 1);
        i++;
      } else {
        throw new CommandException(
            "ERR Syntax error in HELLO option '" + Arguments.printed(request, i) + "'");
      }
    }
    if (!session.authenticated()) {
      throw new CommandException(
          "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
              + " AUTH <user> <pass> option can be used to authenticate the client and select the"
              + " RESP protocol version at the same time");
    }
    context.switchProtocol(version);
    describeServer(context);
  }

  private static ProtocolVersion version(CommandContext context) {
    long number =
        Arguments.longValue(context, 1, "ERR Protocol version is not an integer or out of range");
    if (number < 2 || number > 3) {
      throw new CommandException("NOPROTO unsupported protocol version");
    }
    return number == 2 ? ProtocolVersion.RESP2 : ProtocolVersion.RESP3;
  }

  private static void describeServer(CommandContext context) {
    ReplySink reply = context.reply();
    reply.mapHeader(7);
    reply.bulk("server");
    reply.bulk("redis");
    reply.bulk("version");
    reply.bulk(ServerInfo.REDIS_VERSION);
    reply.bulk("proto");
    reply.integer(context.session().protocol().number());
    reply.bulk("id");
    reply.integer(context.session().id());
    reply.bulk("mode");
    reply.bulk("standalone");
    reply.bulk("role");
    reply.bulk("master");
    reply.bulk("modules");
    reply.arrayHeader(0);
  }

  static void auth(CommandContext context) {
    int count = context.request().argumentCount();
    if (count > 3) {
      throw Errors.syntax();
    }
    if (count == 3) {
      authenticate(context, context.request().argumentString(1), 2);
    } else {
      if (context.services().users().defaultNeedsNoPassword()) {
        throw new CommandException(
            "ERR AUTH <password> called without any password configured for the default user. Are"
                + " you sure your configuration is correct?");
      }
      authenticate(context, User.DEFAULT, 1);
    }
    context.reply().ok();
  }

  private static void authenticate(CommandContext context, String name, int password) {
    Users users = context.services().users();
    Session session = context.session();
    User user = users.authenticated(name, context.request().argumentBytes(password));
    if (user != null) {
      session.user(user);
      session.authenticated(true);
      return;
    }
    if (!context.isRehearsal()) {
      AclLog.Place place = session.queued() == null ? AclLog.Place.TOPLEVEL : AclLog.Place.MULTI;
      String command = context.request().argumentString(0);
      users.log().add(session, AclLog.Reason.AUTH, place, command, name);
    }
    throw new CommandException(Errors.WRONG_PASSWORD);
  }

  static void select(CommandContext context) {
    int database = Arguments.databaseOrNone(context, 1);
    if (database < 0) {
      throw new CommandException(Errors.DATABASE_OUT_OF_RANGE);
    }
    context.session().database(database);
    context.reply().ok();
  }

  static void quit(CommandContext context) {
    context.reply().ok();
    context.session().requestClose();
  }

  static void reset(CommandContext context) {
    Session session = context.session();
    context.services().storage().endMulti(session);
    Subscriber subscriber = context.services().clients().subscriber(session);
    if (session.isMonitor() && subscriber != null) {
      session.monitor(false);
      context.services().monitors().remove(subscriber);
    }
    if (session.subscriptions() != null && subscriber != null) {
      context.services().channels().unsubscribeAll(subscriber);
    }
    context.services().trackedReads().end(session);
    context.switchProtocol(ProtocolVersion.RESP2);
    session.database(0);
    Users users = context.services().users();
    session.user(users.defaultUser());
    session.authenticated(!users.askForPassword());
    session.name("");
    session.noTouch(false);
    if (session.replyMode() == Session.ReplyMode.OFF) {
      session.replyMode(Session.ReplyMode.ON);
    }
    context.reply().simpleString("RESET");
  }
}
