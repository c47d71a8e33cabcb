package dev.varve.server.network;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.ReplyWriter;
import dev.varve.server.datatype.Misses;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.StorageThread;
import dev.varve.server.writer.StorageThread.Outcome;
import dev.varve.server.writer.WaitingClients;
import java.util.function.Consumer;

/**
 * The wait of a batch's next request for one of its keys to be put.
 *
 * <p>Used by the storage thread, or whoever has the writer's role.
 */
final class BatchKeyWait implements WaitingClients.Client {
  private final ServerContext server;
  private final RequestBatch batch;
  private final StorageThread storage;

  /** Waits for the next request; null: it doesn't wait. */
  private WaitingClients.Waiter waiter;

  /** Which argument of the next request is the key that has been put since it waits; 0: none. */
  private int readyArgument;

  BatchKeyWait(ServerContext server, RequestBatch batch) {
    this.server = server;
    this.batch = batch;
    this.storage = server.storage();
  }

  /** The batch is an empty one. */
  void begin() {
    waiter = null;
    readyArgument = 0;
  }

  boolean isOn() {
    return waiter != null;
  }

  /** Which argument of the next request is the key that has been put since it waits; 0: none. */
  int readyArgument() {
    return readyArgument;
  }

  /** Has the next request wait. What was replied before it goes to the client now. */
  void waitFor(Blocked what) {
    ReplyPart early = batch.takeReplies();
    Connection connection = batch.connection();
    waiter = storage.waiting().add(this, what);
    connection.loop().eventLoop().execute(() -> connection.requests().waits(batch, early));
  }

  /** Has the next request wait, or wait on if it has been run again and found nothing. */
  void waitOn(Blocked what) {
    if (waiter == null) {
      waitFor(what);
    } else {
      storage.waiting().waitsOn(waiter);
    }
  }

  /** The next request waits no more, if it did. */
  void end() {
    if (waiter != null) {
      storage.waiting().remove(waiter);
      waiter = null;
      readyArgument = 0;
    }
  }

  /** The connection has been closed. */
  void leave() {
    if (waiter != null && storage.waiting().leave(waiter)) {
      waiter = null;
      batch.returnToLoop();
    }
  }

  /** No more writes are taken: the next request waits no more, and is refused. */
  void refuse() {
    end();
    answer(reply -> reply.error(storage.refusal()));
  }

  @Override
  public Session session() {
    return batch.session();
  }

  @Override
  public Outcome runAgain(int argument) {
    readyArgument = argument;
    CommandRunner runner = server.wakingRunner();
    runner.beginRun();
    try {
      Outcome outcome = runAgain(runner, argument);
      if (outcome == Outcome.NEEDS_READ || outcome == Outcome.NEEDS_ROLE) {
        batch.borrowRole(this::refuse);
        return Outcome.NEEDS_ROLE;
      }
      return outcome;
    } catch (OutOfMemoryError e) {
      batch.lacksMemory(e);
      end();
      batch.returnAtEndOfTurn();
      return Outcome.DONE;
    } finally {
      runner.endRun();
    }
  }

  private Outcome runAgain(CommandRunner runner, int argument) {
    Session session = batch.session();
    CommandSpec spec = server.commands().find(batch.peek());
    ReplyWriter writer = runner.replyTo(batch.replies(), session);
    int mark = writer.mark();
    if (!server.router().allows(session, spec, batch.peek(), writer)) {
      end();
      batch.answered(spec, mark);
      return Outcome.DONE;
    }
    long now = runner.runMillis();
    Outcome outcome =
        storage.execute(session, spec, batch.peek(), writer, Misses.NONE, now, argument);
    if (outcome == Outcome.DONE) {
      runner.ran(session, spec, batch.peek());
      end();
      batch.answered(spec, mark);
    }
    return outcome;
  }

  @Override
  public void answer(Consumer<ReplySink> reply) {
    waiter = null;
    readyArgument = 0;
    Session session = batch.session();
    CommandRunner runner = server.wakingRunner();
    runner.beginRun();
    ReplyWriter writer = runner.replyTo(batch.replies(), session);
    int mark = writer.mark();
    CommandSpec spec = server.commands().find(batch.peek());
    reply.accept(writer);
    runner.ran(session, spec, batch.peek());
    runner.endRun();
    batch.answered(spec, mark);
  }
}
