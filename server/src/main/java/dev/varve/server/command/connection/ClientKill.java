package dev.varve.server.command.connection;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.User;
import java.util.List;

/** CLIENT KILL. */
final class ClientKill {
  private static final byte[] ID = Arguments.word("ID");
  private static final byte[] TYPE = Arguments.word("TYPE");
  private static final byte[] ADDR = Arguments.word("ADDR");
  private static final byte[] LADDR = Arguments.word("LADDR");
  private static final byte[] USER = Arguments.word("USER");
  private static final byte[] SKIPME = Arguments.word("SKIPME");
  private static final byte[] YES = Arguments.word("YES");
  private static final byte[] NO = Arguments.word("NO");

  private ClientKill() {}

  /** Which connections to close; 0 and null stand for any. */
  private record Filter(long id, String address, String localAddress, User user, boolean skipMe) {
    boolean accepts(Session session, Session own) {
      return (id == 0 || session.id() == id)
          && (address == null || address.equals(session.remoteAddress()))
          && (localAddress == null || localAddress.equals(session.localAddress()))
          && (user == null || user == session.user())
          && !(skipMe && session == own);
    }
  }

  static void execute(CommandContext context) {
    Request request = context.request();
    List<Session> sessions = context.services().clients().sessions();
    if (request.argumentCount() == 3) {
      String address = Arguments.printed(request, 2);
      if (kill(context, sessions, new Filter(0, address, null, null, false)) == 0) {
        throw new CommandException("ERR No such client");
      }
      context.reply().ok();
      return;
    }
    long id = 0;
    String address = null;
    String localAddress = null;
    User user = null;
    boolean skipMe = true;
    for (int i = 2; i < request.argumentCount(); i += 2) {
      int value = i + 1;
      if (value == request.argumentCount()) {
        throw Errors.syntax();
      }
      if (request.equalsIgnoreCase(i, ID)) {
        id = clientId(context, value);
      } else if (request.equalsIgnoreCase(i, TYPE)) {
        sessions = ClientCommand.ofType(request, value, sessions);
      } else if (request.equalsIgnoreCase(i, ADDR)) {
        address = Arguments.printed(request, value);
      } else if (request.equalsIgnoreCase(i, LADDR)) {
        localAddress = Arguments.printed(request, value);
      } else if (request.equalsIgnoreCase(i, USER)) {
        user = user(context, value);
      } else if (request.equalsIgnoreCase(i, SKIPME)) {
        skipMe = yesOrNo(request, value);
      } else {
        throw Errors.syntax();
      }
    }
    Filter filter = new Filter(id, address, localAddress, user, skipMe);
    context.reply().integer(kill(context, sessions, filter));
  }

  private static long clientId(CommandContext context, int index) {
    String error = "ERR client-id should be greater than 0";
    long id = Arguments.longValue(context, index, error);
    if (id < 1) {
      throw new CommandException(error);
    }
    return id;
  }

  private static User user(CommandContext context, int index) {
    User user = context.services().users().find(context.request().argumentString(index));
    if (user == null) {
      String name = Arguments.printed(context.request(), index);
      throw new CommandException("ERR No such user '" + name + "'");
    }
    return user;
  }

  private static boolean yesOrNo(Request request, int index) {
    if (request.equalsIgnoreCase(index, YES)) {
      return true;
    }
    if (request.equalsIgnoreCase(index, NO)) {
      return false;
    }
    throw Errors.syntax();
  }

  private static int kill(CommandContext context, List<Session> sessions, Filter filter) {
    int killed = 0;
    for (Session session : sessions) {
      if (filter.accepts(session, context.session())) {
        killed++;
        if (session == context.session()) {
          session.requestClose();
        } else {
          context.services().clients().kill(session);
        }
      }
    }
    return killed;
  }
}
