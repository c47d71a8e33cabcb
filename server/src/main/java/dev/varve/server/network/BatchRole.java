package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.RoleLoan;
import dev.varve.server.writer.StorageThread;

/**
 * The execution of a batch's next request by the writer's role, which is lent to the read pool for
 * it.
 */
final class BatchRole {
  private final ServerContext server;
  private final RequestBatch batch;
  private final BatchKeyWait keyWait;
  private final RoleLoan loan;

  BatchRole(ServerContext server, RequestBatch batch, BatchKeyWait keyWait) {
    this.server = server;
    this.batch = batch;
    this.keyWait = keyWait;
    this.loan = server.storage().role();
  }

  /**
   * Storage thread: has the next request executed.
   *
   * @param refused runs instead if the role can't be lent any more
   */
  void borrow(Runnable refused) {
    loan.lend(this::run, refused);
  }

  /** By the role. */
  private void run() {
    StorageThread storage = server.storage();
    CommandRunner runner = server.poolRunner();
    runner.beginRun();
    try {
      Session session = batch.session();
      CommandSpec spec = server.commands().find(batch.peek());
      ReplyWriter writer = server.newWriter(batch.replies(), session);
      int mark = batch.replies().bytes().writerIndex();
      int ready = keyWait.readyArgument();
      loan.execute(session, spec, batch.peek(), writer, runner.runMillis(), ready);
      if (loan.blocked() == null) {
        runner.ran(session, spec, batch.peek());
      }
      storage.loop().execute(() -> end(spec, writer, mark));
    } catch (OutOfMemoryError e) {
      batch.lacksMemory(e);
      storage.loop().execute(this::fail);
    } catch (RuntimeException | Error e) {
      batch.failed(e);
      storage.loop().execute(this::fail);
    } finally {
      runner.endRun();
    }
  }

  /** Storage thread: what was executed by the role counts. */
  private void end(CommandSpec spec, ReplyWriter writer, int mark) {
    try {
      if (!loan.takeBack(
          batch.session(),
          spec,
          writer,
          mark,
          () -> end(spec, writer, mark),
          () -> borrow(keyWait.isOn() ? keyWait::refuse : batch.storageTask()))) {
        return;
      }
      if (loan.blocked() != null) {
        keyWait.waitOn(loan.blocked());
      } else {
        keyWait.end();
        batch.answered(spec, mark);
      }
    } catch (RuntimeException | Error e) {
      batch.failed(e);
      loan.giveBack();
      keyWait.end();
      batch.returnAtEndOfTurn();
    }
    server.storage().serveWaiting();
  }

  /** Storage thread: what was executed by the role came to nothing. */
  private void fail() {
    loan.giveBack();
    keyWait.end();
    batch.returnAtEndOfTurn();
    server.storage().serveWaiting();
  }
}
