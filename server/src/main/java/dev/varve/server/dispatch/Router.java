package dev.varve.server.dispatch;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.CommandMemory;
import java.util.Locale;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides what becomes of each request: which command it asks for, whether that may run ({@link
 * #admit}), and where ({@link #next}). Whoever has a request in hand, on whatever thread, asks here
 * and does what the answer says. Safe for use by many threads.
 */
public final class Router {
  /** Where a request is. */
  public enum Place {
    /** On its connection's event loop. */
    LOOP,
    /** On its connection's event loop, which is the storage thread. */
    STORAGE_LOOP,
    /** On its way through the storage thread. */
    STORAGE_THREAD,
    /** On its way through the read pool, as the first to be executed over a new view. */
    READ_POOL,
    /** On its way through the read pool, over a view that others before it were executed over. */
    READ_POOL_SHARED
  }

  /** What is to be done next with a request that was admitted. */
  public enum Step {
    /** Run it here; it looks at no keys. */
    RUN_LOCALLY,
    /** Run it here over a view. */
    RUN_OVER_VIEW,
    /** Run it here, on the storage thread, over the newest state. */
    RUN_AS_WRITER,
    /** Take it to the storage thread. */
    GO_TO_STORAGE_THREAD,
    /** Take it to the read pool, to be run there. */
    GO_TO_READ_POOL,
    /** Take it to the read pool to be rehearsed, and back to the storage thread. */
    REHEARSE,
    /** Take it back to its connection's loop. */
    GO_BACK
  }

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);
  private static final int QUOTED_BYTES = 128;
  private static final byte[] POST = {'P', 'O', 'S', 'T'};
  private static final byte[] HOST = {'H', 'O', 'S', 'T', ':'};

  private final CommandTable commands;
  private final LongSupplier clock;
  private final QueuedRequests.Memory queueMemory;

  private final ClientPause pause;

  private final RunningScript script;

  private final Users users;

  private final DebugSwitches debug;

  private final DiskQuota quota;

  private final Consumer<Session> endMulti;

  private final LogLimit attacks = new LogLimit();

  /**
   * Makes a router over a table.
   *
   * @param clock milliseconds that never go back
   * @param queueMemory where what is queued since MULTI has its memory from
   * @param pause whether commands wait
   * @param script whether most are refused
   * @param users who may do what
   * @param debug whether DEBUG is refused
   * @param quota whether what adds to the data is refused
   * @param endMulti ends a session's transaction
   */
  public Router(
      CommandTable commands,
      LongSupplier clock,
      QueuedRequests.Memory queueMemory,
      ClientPause pause,
      RunningScript script,
      Users users,
      DebugSwitches debug,
      DiskQuota quota,
      Consumer<Session> endMulti) {
    this.commands = commands;
    this.clock = clock;
    this.queueMemory = queueMemory;
    this.pause = pause;
    this.script = script;
    this.users = users;
    this.debug = debug;
    this.quota = quota;
    this.endMulti = endMulti;
  }

  /**
   * Makes the checks that all commands share, in Redis's order, on the thread that has the session
   * in hand. A request that is admitted has changed nothing by it: it may go elsewhere, and is then
   * admitted once more.
   *
   * @param nowMillis the monotone time
   * @return the command to execute; null if the request has been dealt with: it is answered in
   *     {@code reply} with an error, or as queued since MULTI, or the session is to be closed
   *     without an answer; or it has to wait for the end of a pause, and is to be admitted then
   *     ({@link Session#takePostponed})
   */
  public CommandSpec admit(Session session, Request request, ReplySink reply, long nowMillis) {
    return admit(session, commands.find(request), request, reply, nowMillis);
  }

  /**
   * As {@link #admit(Session, Request, ReplySink, long)}, if it is known already what is asked for.
   *
   * @param command null: nothing that there is
   */
  public CommandSpec admit(
      Session session, CommandSpec command, Request request, ReplySink reply, long nowMillis) {
    if (command == null) {
      if (isHttp(request)) {
        abort(session);
        return null;
      }
      return refuse(session, null, unknown(request), reply);
    }
    boolean accepts = command.accepts(request.argumentCount());
    // EXEC ends the transaction even then, and says so itself.
    if (!accepts && !command.isExec()) {
      return refuse(session, command, "ERR " + wrongArity(command), reply);
    }
    String forbidden = debug.refusal(command, session);
    if (forbidden != null) {
      return refuse(session, command, forbidden, reply);
    }
    if (!session.authenticated() && !command.is(CommandFlag.NO_AUTH) && users.askForPassword()) {
      String error = accepts ? "NOAUTH Authentication required." : wrongArity(command);
      return refuse(session, command, error, reply);
    }
    boolean queues = session.queued() != null && !command.endsQueueing();
    if (queues && command.is(CommandFlag.NO_MULTI)) {
      return refuse(session, command, "ERR Command not allowed inside a transaction", reply);
    }
    Denial denial = session.user().permissions().denial(command, request, 0);
    if (denial != null) {
      session.interacted(command, nowMillis);
      return deny(session, command, request, denial, reply);
    }
    if (pause.holds(command, request, session)) {
      session.postpone();
      return null;
    }
    session.interacted(command, nowMillis);
    if (session.takesOnlyMessages() && !command.isForSubscribers()) {
      return refuse(session, command, onlyForSubscribers(command), reply);
    }
    String busy = script.busyLine();
    if (busy != null && !command.is(CommandFlag.ALLOW_BUSY)) {
      return refuse(session, command, busy, reply);
    }
    if (quota.refuses(command, session)) {
      return refuse(session, command, DiskQuota.REFUSAL, reply);
    }
    if (queues) {
      return queue(session, session.queued(), command, request, reply);
    }
    return command;
  }

  /**
   * Checks once more whether a session's user may run a command that was admitted before and is to
   * run now, after it has waited.
   *
   * @return whether he may; if not, that is answered
   */
  public boolean allows(Session session, CommandSpec command, Request request, ReplySink reply) {
    Denial denial = session.user().permissions().denial(command, request, 0);
    if (denial != null) {
      deny(session, command, request, denial, reply);
    }
    return denial == null;
  }

  /**
   * Returns which command a request asks for whose turn has not come, if its session's user may run
   * it as things stand, and it is one that changes little and soon ends; null otherwise. What this
   * says may be wrong when its turn has come: then it is to be admitted as any other.
   */
  public CommandSpec foresee(Session session, Request request) {
    CommandSpec command = commands.find(request);
    boolean quick =
        command != null
            && command.execution() == Execution.WRITE
            && command.is(CommandFlag.FAST)
            && command.accepts(request.argumentCount());
    if (!quick || session.queued() != null) {
      return null;
    }
    return session.user().permissions().denial(command, request, 0) == null ? command : null;
  }

  private CommandSpec deny(
      Session session, CommandSpec command, Request request, Denial denial, ReplySink reply) {
    boolean queues = session.queued() != null;
    AclLog.Place place = queues ? AclLog.Place.MULTI : AclLog.Place.TOPLEVEL;
    users.denied(session, place, denial, command, request);
    return refuse(session, command, denial.error(command), reply);
  }

  private static String onlyForSubscribers(CommandSpec command) {
    return "ERR Can't execute '"
        + command.fullName()
        + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this"
        + " context";
  }

  private static String wrongArity(CommandSpec command) {
    return "wrong number of arguments for '" + command.fullName() + "' command";
  }

  /**
   * Answers with an error. In a transaction, EXEC will refuse the whole then; EXEC itself ends it.
   *
   * @return null
   */
  private CommandSpec refuse(Session session, CommandSpec command, String error, ReplySink reply) {
    if (command != null) {
      command.statistics().rejected();
    }
    if (session.queued() != null) {
      session.queued().abort();
    }
    boolean exec = command != null && command.isExec();
    if (exec && session.queued() != null) {
      endMulti.accept(session);
    }
    reply.error(exec ? "EXECABORT Transaction discarded because of: " + error : error);
    return null;
  }

  private CommandSpec queue(
      Session session,
      QueuedRequests queued,
      CommandSpec command,
      Request request,
      ReplySink reply) {
    if (!queued.add(command, request, queueMemory)) {
      return refuse(session, command, CommandMemory.REFUSAL, reply);
    }
    reply.simpleString("QUEUED");
    return null;
  }

  /**
   * Returns what is to be done with a request.
   *
   * @param command what it asks for
   * @param at where it is
   * @param aheadOfViews whether a view would miss what its connection has seen; asked at the
   *     connection's loop, as what comes to the read pool comes with all that it has to see
   */
  public static Step next(CommandSpec command, Place at, BooleanSupplier aheadOfViews) {
    Execution execution = command.execution();
    return switch (at) {
      case LOOP ->
          switch (execution) {
            case LOOP, OWN_LOOP -> Step.RUN_LOCALLY;
            // What the connection has written, only the storage thread sees so far.
            case READ ->
                aheadOfViews.getAsBoolean() ? Step.GO_TO_STORAGE_THREAD : Step.RUN_OVER_VIEW;
            case WRITE -> Step.GO_TO_STORAGE_THREAD;
            case POOL -> Step.GO_TO_READ_POOL;
          };
      case STORAGE_LOOP ->
          switch (execution) {
            case LOOP, OWN_LOOP -> Step.RUN_LOCALLY;
            case READ -> aheadOfViews.getAsBoolean() ? Step.RUN_AS_WRITER : Step.RUN_OVER_VIEW;
            case WRITE -> Step.RUN_AS_WRITER;
            case POOL -> Step.GO_TO_READ_POOL;
          };
      case STORAGE_THREAD ->
          switch (execution) {
            case LOOP -> Step.RUN_LOCALLY;
            case OWN_LOOP -> Step.GO_BACK;
            case READ, WRITE -> Step.RUN_AS_WRITER;
            case POOL -> Step.GO_TO_READ_POOL;
          };
      case READ_POOL ->
          switch (execution) {
            case READ, POOL -> Step.RUN_OVER_VIEW;
            case LOOP, OWN_LOOP, WRITE -> Step.GO_BACK;
          };
      // One of the pool's own wants a view of its own: it may have changed something itself.
      case READ_POOL_SHARED -> execution == Execution.READ ? Step.RUN_OVER_VIEW : Step.GO_BACK;
    };
  }

  /** Returns whether what comes after a command may be run over the same view as that was. */
  public static boolean leavesViewAsItIs(CommandSpec command) {
    return command.execution() == Execution.READ;
  }

  /** Returns what is to be done with a request that memory can't answer. */
  public static Step nextBeyondMemory(CommandSpec command) {
    return command.execution() == Execution.WRITE ? Step.REHEARSE : Step.GO_TO_READ_POOL;
  }

  /** Whether a line of an HTTP request is taken for a command. */
  private static boolean isHttp(Request request) {
    return request.equalsIgnoreCase(0, POST) || request.equalsIgnoreCase(0, HOST);
  }

  /**
   * Closes a connection that speaks HTTP: a browser may have been tricked into opening it, and
   * commands could hide in the request's body.
   */
  private void abort(Session session) {
    session.requestCloseNow();
    attacks.log(
        clock.getAsLong(),
        more ->
            LOG.warn(
                "Possible SECURITY ATTACK detected. It looks like somebody is sending POST or Host:"
                    + " commands to this server, likely by cross-protocol scripting, to compromise"
                    + " it. The connection from {} was aborted.{}",
                session.remoteAddress(),
                more));
  }

  private String unknown(Request request) {
    CommandSpec container = commands.container(request);
    if (container != null) {
      return "ERR unknown subcommand '"
          + quoted(request, 1, QUOTED_BYTES)
          + "'. Try "
          + container.name().toUpperCase(Locale.ROOT)
          + " HELP.";
    }
    StringBuilder arguments = new StringBuilder();
    for (int i = 1; i < request.argumentCount() && arguments.length() < QUOTED_BYTES; i++) {
      String quoted = quoted(request, i, QUOTED_BYTES - arguments.length());
      arguments.append('\'').append(quoted).append("' ");
    }
    return "ERR unknown command '"
        + quoted(request, 0, QUOTED_BYTES)
        + "', with args beginning with: "
        + arguments;
  }

  /** Returns an argument's beginning as C's {@code %.*s} prints it: up to a zero byte. */
  private static String quoted(Request request, int index, int bytes) {
    int length = Math.min(request.argumentLength(index), bytes);
    StringBuilder text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      byte next = request.buffer().getByte(request.argumentOffset(index) + i);
      if (next == 0) {
        break;
      }
      text.append((char) (next & 0xFF));
    }
    return text.toString();
  }
}
