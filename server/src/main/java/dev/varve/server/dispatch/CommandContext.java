package dev.varve.server.dispatch;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.Misses;
import dev.varve.server.datatype.ReadNeeded;
import dev.varve.server.datatype.WrongTypeException;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What a command works with. Each thread that executes commands has one and binds it anew for each
 * command, so that nothing is allocated. Not thread-safe.
 */
public final class CommandContext {
  private final Services services;
  private final Keyspace keyspace;
  private Session session;
  private CommandSpec spec;
  private Request request;
  private ReplySink reply;

  /** What {@link #reply} is, unless it goes nowhere. */
  private ReplyWriter writer;

  private int database;
  private final List<Runnable> effects = new ArrayList<>();
  private final List<Ran> ran = new ArrayList<>();

  /** A command that ran within a transaction, and the code of its error; null: it had none. */
  private record Ran(CommandSpec spec, String error) {}

  /** Makes a context whose keyspace is {@code keyspace}, bound and unbound by its thread. */
  public CommandContext(Services services, Keyspace keyspace) {
    this.services = services;
    this.keyspace = keyspace;
  }

  /**
   * Makes this the context of one command.
   *
   * @param database index of the database that was selected when the request was routed: a later
   *     SELECT of the same connection may already have run when a queued command does
   */
  public void bind(
      Session session, CommandSpec spec, Request request, ReplyWriter reply, int database) {
    this.session = session;
    this.spec = spec;
    this.request = request;
    this.reply = reply;
    this.writer = reply;
    this.database = database;
    forgetEffects();
  }

  /** Makes this the context of a rehearsal of one command, whose reply goes nowhere. */
  public void bindRehearsal(Session scratch, CommandSpec spec, Request request, int database) {
    bind(scratch, spec, request, null, database);
    reply = NoReply.INSTANCE;
  }

  /** Returns whether this is for nothing but what the command reads. */
  public boolean isRehearsal() {
    return writer == null;
  }

  // What a command brings about beside its reply and what it changes of keys

  /**
   * Has something done on the storage thread once the command counts: after its changes have been
   * appended. One that is given up, to run again, has none.
   */
  public void effect(Runnable action) {
    effects.add(action);
  }

  /** Forgets what the command wants to be done. */
  public void forgetEffects() {
    if (!effects.isEmpty() || !ran.isEmpty()) {
      effects.clear();
      ran.clear();
    }
  }

  /** Has done what the command wants to be done. */
  public void takeEffect() {
    if (effects.isEmpty()) {
      return;
    }
    List<Runnable> actions = List.copyOf(effects);
    effects.clear();
    actions.forEach(Runnable::run);
    for (Ran each : ran) {
      each.spec().statistics().calledWithin();
      if (each.error() != null) {
        each.spec().statistics().failed();
        services.errors().add(each.error(), 1);
      }
    }
    ran.clear();
  }

  // Commands within a transaction

  /**
   * Runs one of many commands in the transaction that this context is bound to. One that fails is
   * answered with its error, and leaves no change behind; those before it stay.
   *
   * @throws dev.varve.server.datatype.ReadNeeded if memory can't answer: the whole is given up
   */
  public void runQueued(CommandSpec next, Request its) {
    keyspace.bindNext(session.database());
    run(
        next,
        its,
        failure -> {
          keyspace.rollBack();
          return services.failureLine(next, failure);
        });
  }

  /** Runs one that touches no keys, when all that do have run. */
  private void runServerCommand(CommandSpec next, Request its) {
    run(next, its, failure -> services.failureLine(next, failure));
  }

  private void run(CommandSpec next, Request its, Function<RuntimeException, String> failed) {
    spec = next;
    request = its;
    database = session.database();
    int mark = isRehearsal() ? 0 : writer.mark();
    try {
      next.handler().execute(this);
    } catch (ReadNeeded | Misses.NoMemory e) {
      throw e;
    } catch (RuntimeException e) {
      if (isRehearsal()) {
        endOfRehearsal(e);
        return;
      }
      writer.rollBack(mark);
      writer.error(failed.apply(e));
    }
    if (!isRehearsal()) {
      ran(next, mark);
    }
  }

  private void ran(CommandSpec command, int mark) {
    ByteBuf replies = writer.output();
    boolean failed = replies.writerIndex() > mark && replies.getByte(mark) == '-';
    ran.add(new Ran(command, failed ? ErrorStatistics.codeOf(replies, mark) : null));
  }

  /** A command that fails doesn't end the rehearsal of those behind it, but want of room does. */
  private void endOfRehearsal(RuntimeException e) {
    if (!(e instanceof CommandException || e instanceof WrongTypeException)) {
      throw e;
    }
    keyspace.rollBack();
  }

  /**
   * Runs commands that touch no keys once the transaction counts, and puts their replies where they
   * belong among those of the others.
   */
  public void answerLater(List<ServerCommand> commands) {
    ByteBuf out = writer.output();
    int first = commands.getFirst().mark();
    ByteBuf rest = null;
    try {
      rest = out.copy(first, out.writerIndex() - first);
      out.writerIndex(first);
      for (int i = 0; i < commands.size(); i++) {
        ServerCommand command = commands.get(i);
        runServerCommand(command.spec(), command.request());
        int end = i + 1 < commands.size() ? commands.get(i + 1).mark() - first : rest.writerIndex();
        out.writeBytes(rest, end - rest.readerIndex());
      }
    } catch (OutOfMemoryError e) {
      throw new IllegalStateException("no memory for the reply of a transaction that is done", e);
    } finally {
      if (rest != null) {
        rest.release();
      }
    }
  }

  /**
   * A command that touches no keys, in a transaction.
   *
   * @param mark where in the reply its own belongs
   */
  public record ServerCommand(CommandSpec spec, Request request, int mark) {}

  /** Returns where in the output the reply has come to; not in a rehearsal. */
  public int replyMark() {
    return writer.mark();
  }

  /** Returns the command's arguments, the first of which is its name. */
  public Request request() {
    return request;
  }

  /** Returns where the reply goes. */
  public ReplySink reply() {
    return reply;
  }

  /** Returns the connection; null in a step that no client asked for. */
  public Session session() {
    return session;
  }

  /** Returns the command that is executed: of a container, the subcommand. */
  public CommandSpec spec() {
    return spec;
  }

  /** Returns the index of the selected database. */
  public int database() {
    return database;
  }

  /** Returns the keys, for commands that are not {@link Execution#LOOP}. */
  public Keyspace keyspace() {
    return keyspace;
  }

  /** Returns the rest of the server. */
  public Services services() {
    return services;
  }

  /**
   * Runs the command. One that throws leaves neither a reply nor a change behind: a {@link
   * CommandException} is answered with its error, everything else is for the caller.
   */
  public void execute() {
    int mark = writer.mark();
    try {
      spec.handler().execute(this);
    } catch (CommandException | WrongTypeException refused) {
      rollBack(mark);
      reply.error(refused.getMessage());
    } catch (RuntimeException | Error failure) {
      rollBack(mark);
      throw failure;
    }
  }

  private void rollBack(int mark) {
    writer.rollBack(mark);
    keyspace.rollBack();
  }

  /** Changes the connection's protocol, beginning with the reply to this command. */
  public void switchProtocol(ProtocolVersion version) {
    session.protocol(version);
    if (writer != null) {
      writer.version(version);
    }
  }

  /** Makes an argument the keyspace's current key, in the database of an index. */
  public void selectKeyIn(int index, int argument) {
    keyspace.selectIn(
        index,
        request.buffer(),
        request.argumentOffset(argument),
        request.argumentLength(argument));
  }

  /** Makes an argument the keyspace's current key. */
  public void selectKey(int argument) {
    keyspace.select(
        request.buffer(), request.argumentOffset(argument), request.argumentLength(argument));
  }
}
