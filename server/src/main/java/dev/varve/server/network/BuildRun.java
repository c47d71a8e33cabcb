package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Builds;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.Build;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.StorageThread;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageException;
import dev.varve.storage.WriteBatch;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * One command whose result is built aside: the handler runs on a thread of {@link BuildThreads}
 * over a view, what it puts goes to the storage thread piece by piece under an id that nothing
 * leads to, and the last step puts the head in its place. What the command uses is leased to it
 * from before the view until then, so it is as if all had been done in that step.
 */
final class BuildRun implements Builds.Pieces {
  /** Who waits to see what was appended looks so often. */
  private static final long CHECK_NANOS = 1_000_000;

  /** After each piece the storage thread is left to others for so many times as long. */
  private static final int REST = 2;

  private final ServerContext server;
  private final StorageThread storage;
  private final Build build;
  private final BuildThreads.Tools tools;
  private volatile boolean ended;

  BuildRun(ServerContext server, Build build) {
    this.server = server;
    this.storage = server.storage();
    this.build = build;
    this.tools = server.builds().take();
  }

  /** Any thread: the client has gone. */
  void end() {
    ended = true;
  }

  /**
   * Builds all but the last step. On its own thread.
   *
   * @return the error line that answers the command instead; null: it has been replied to
   * @throws ClientStream.EndedException if the client has gone
   */
  String run(Session session, CommandSpec spec, Request request, ReplyWriter writer) {
    try {
      awaitFlush();
    } catch (StorageException e) {
      return CommandFailures.line(spec, e);
    }
    CommandContext context = tools.context();
    Keyspace keyspace = context.keyspace();
    context.bind(session, spec, request, writer, session.database());
    // A view of tables alone: memtables that it held would be in the way of what it writes, for
    // ever if they were all that there are.
    try (ReadView view = server.engine().flushedView()) {
      keyspace.bindBuild(
          view,
          tools.batch(),
          session.database(),
          server.clock().getAsLong(),
          build.id(),
          this,
          tools.effects(),
          storage.listened());
      spec.handler().execute(context);
      Builds.end(keyspace.transaction(), build.databaseId(), build.id());
      keyspace.forgetReads();
      return null;
    } catch (ClientStream.EndedException e) {
      keyspace.unbind();
      throw e;
    } catch (RuntimeException e) {
      keyspace.unbind();
      return CommandFailures.line(spec, e);
    }
  }

  /** Waits until what is leased lies in tables. Nobody changes it from then on. */
  private void awaitFlush() {
    while (!isFlushed()) {
      StorageException refusal = storage.noWrites();
      if (refusal != null) {
        throw refusal;
      }
      checkEnded();
      server.waits().pause(CHECK_NANOS);
    }
  }

  private boolean isFlushed() {
    if (server.engine().visibleSequence() < build.sequence()) {
      return false;
    }
    try (ReadView view = server.engine().flushedView()) {
      return view.flushedSequence() >= build.sequence();
    }
  }

  private void checkEnded() {
    if (ended) {
      throw new ClientStream.EndedException();
    }
  }

  /**
   * As long as the engine has no room, or another one has the writer's role, it waits; and a while
   * after each piece, so that all of them take no more than a part of the storage thread's time.
   */
  @Override
  public void write(WriteBatch piece) {
    checkEnded();
    CompletableFuture<Long> appended = new CompletableFuture<>();
    storage.loop().execute(() -> append(piece, appended));
    try {
      server.waits().pause(REST * server.waits().join(appended));
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException thrown) {
        throw thrown;
      }
      throw e;
    }
  }

  /** Completes with how long it took. */
  private void append(WriteBatch piece, CompletableFuture<Long> appended) {
    long began = System.nanoTime();
    try {
      if (storage.builds().appendPiece(piece)) {
        appended.complete(System.nanoTime() - began);
      } else {
        storage.parkForRoom(() -> append(piece, appended));
      }
    } catch (RuntimeException | Error e) {
      appended.completeExceptionally(e);
    }
  }

  // The storage thread, when it has run

  /** Whether a key that it uses has expired meanwhile: it is to be given up and run anew. */
  boolean isOutOfDate() {
    return storage.builds().isOutOfDate(build);
  }

  /**
   * The last step; false: there is no room just now.
   *
   * @throws StorageException if the engine takes no writes any more
   */
  boolean finish() {
    Keyspace keyspace = tools.context().keyspace();
    if (!storage.builds().end(build, tools.batch(), keyspace, tools.effects())) {
      return false;
    }
    keyspace.unbind();
    server.builds().give(tools);
    return true;
  }

  /** Nothing comes of it; false: there is no room just now. */
  boolean giveUp() {
    if (!storage.builds().giveUp(build)) {
      return false;
    }
    tools.context().keyspace().unbind();
    server.builds().give(tools);
    return true;
  }
}
