package dev.varve.server.dispatch;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.WrongTypeException;

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
  }

  /** Makes this the context of a rehearsal of one command, whose reply goes nowhere. */
  public void bindRehearsal(Session scratch, CommandSpec spec, Request request, int database) {
    bind(scratch, spec, request, null, database);
    reply = NoReply.INSTANCE;
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
    int mark = writer.output().writerIndex();
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
    writer.output().writerIndex(mark);
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
