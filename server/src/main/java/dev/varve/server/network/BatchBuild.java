package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.StorageThread;

/**
 * The execution of a batch's next request by a {@link BuildRun}: all but the last step on a thread
 * of {@link BuildThreads}, the last one on the storage thread, where what can't be built is given
 * up, too.
 */
final class BatchBuild {
  private final ServerContext server;
  private final RequestBatch batch;
  private final StorageThread storage;

  /** What the next request's result is built by; null: it isn't built aside. */
  private volatile BuildRun run;

  BatchBuild(ServerContext server, RequestBatch batch) {
    this.server = server;
    this.batch = batch;
    this.storage = server.storage();
  }

  /** Any thread: the client has gone. */
  void end() {
    BuildRun now = run;
    if (now != null) {
      now.end();
    }
  }

  /** Storage thread: has the result of the next request built as the thread has prepared it. */
  void begin() {
    BuildRun begun = new BuildRun(server, storage.builds().begun());
    run = begun;
    server.builds().execute(() -> build(begun));
  }

  private void build(BuildRun building) {
    Session session = batch.session();
    CommandSpec spec = server.commands().find(batch.peek());
    long began = System.nanoTime();
    try {
      ReplyWriter writer = server.newWriter(batch.replies(), session);
      int mark = writer.mark();
      String error = building.run(session, spec, batch.peek(), writer);
      if (error == null) {
        storage.loop().execute(() -> finish(building, spec, writer, mark, began));
      } else {
        writer.rollBack(mark);
        writer.error(error);
        storage.loop().execute(() -> giveUp(building, () -> batch.answered(spec, mark)));
      }
    } catch (ClientStream.EndedException _) {
      storage.loop().execute(() -> giveUp(building, batch::returnAtEndOfTurn));
    } catch (RuntimeException | Error e) {
      batch.failed(e);
      storage.loop().execute(() -> giveUp(building, batch::returnAtEndOfTurn));
    }
  }

  /** Storage thread: all but the last step has been done. */
  private void finish(
      BuildRun building, CommandSpec spec, ReplyWriter writer, int mark, long began) {
    if (storage.role().isLent()) {
      storage.parkForRoom(() -> finish(building, spec, writer, mark, began));
      return;
    }
    if (building.isOutOfDate()) {
      writer.rollBack(mark);
      giveUp(building, batch.storageTask());
      return;
    }
    try {
      if (!building.finish()) {
        storage.parkForRoom(() -> finish(building, spec, writer, mark, began));
        return;
      }
    } catch (RuntimeException e) {
      writer.rollBack(mark);
      writer.error(CommandFailures.line(spec, e));
      giveUp(building, () -> batch.answered(spec, mark));
      return;
    }
    run = null;
    long nanos = System.nanoTime() - began;
    server.storageRunner().ranElsewhere(batch.session(), spec, batch.peek(), nanos);
    batch.answered(spec, mark);
  }

  private void giveUp(BuildRun building, Runnable then) {
    if (building.giveUp()) {
      run = null;
      then.run();
    } else {
      storage.parkForRoom(() -> giveUp(building, then));
    }
  }
}
