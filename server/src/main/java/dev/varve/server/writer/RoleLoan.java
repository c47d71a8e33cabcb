package dev.varve.server.writer;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.User;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import java.util.concurrent.Executor;

/**
 * The loan of the writer's role to the read pool, for a command that must read the disk while
 * nothing changes. It is lent as soon as all that was appended is published, so that a view shows
 * it. Until it is {@linkplain #takeBack taken back}, whatever else would be executed on the storage
 * thread is parked; reads at views go on.
 *
 * <p>Used by the storage thread, except for {@link #execute}, which is the borrower's: it belongs
 * to one thread at a time, which hands it on through an executor.
 */
public final class RoleLoan {
  private final StorageThread storage;
  private final StorageEngine engine;
  private final CommandContext context;
  private final StepAppender appender;
  private final LeasedKeys leases;
  private final ParkedSteps parked;
  private final Executor readPool;

  private boolean lent;

  /** Gets the role when all that was appended is published; null: nobody waits for it. */
  private Runnable borrower;

  /** Runs instead of the borrower if writing fails before. */
  private Runnable refused;

  /** What the borrower reads. */
  private ReadView view;

  /** Takes the role back when there is room for what was changed by it; null: not awaited. */
  private Runnable retry;

  /** Whether it was lent when no more writes were taken: then nothing that is changed counts. */
  private boolean readsOnly;

  /** What the borrower's command waits for; null: nothing. */
  private Blocked blocked;

  // What the borrower's session was before the command.
  private int database;
  private ProtocolVersion protocol;
  private User user;

  private long returned;

  RoleLoan(
      StorageThread storage,
      CommandContext context,
      StepAppender appender,
      LeasedKeys leases,
      ParkedSteps parked,
      Executor readPool) {
    this.storage = storage;
    this.engine = storage.engine();
    this.context = context;
    this.appender = appender;
    this.leases = leases;
    this.parked = parked;
    this.readPool = readPool;
  }

  /** Whether the role is lent: nothing is executed on the storage thread meanwhile. */
  public boolean isLent() {
    return lent;
  }

  /** Returns how often the role has come back. */
  long returned() {
    return returned;
  }

  /**
   * Lends the role to a task on the read pool, which is begun as soon as all that was appended is
   * published; at once, if that will never be.
   *
   * @param task calls {@link #execute}
   * @param instead runs on the storage thread instead of the task, if a write or sync fails before
   */
  public void lend(Runnable task, Runnable instead) {
    if (lent) {
      storage.park(() -> lend(task, instead));
      return;
    }
    lent = true;
    readsOnly = storage.refusal() != null;
    storage.statistics().lent();
    if (readsOnly) {
      readPool.execute(task);
    } else {
      borrower = task;
      refused = instead;
      beginIfPublished();
    }
  }

  /** Begins a loan that waits for what was appended to be published, if it is. */
  void beginIfPublished() {
    if (borrower != null && engine.appendedSequence() == engine.visibleSequence()) {
      Runnable task = borrower;
      borrower = null;
      readPool.execute(task);
    }
  }

  /** What was appended will never be published: a loan that waits for it is refused. */
  void refuse() {
    if (borrower != null) {
      borrower = null;
      lent = false;
      storage.loop().execute(refused);
    }
  }

  /**
   * Read pool, by the role: runs a command where the disk may be read. Its reply is written; what
   * it changes is appended when the role is taken back. If it waits for a key, {@link #blocked}
   * says for which.
   *
   * @param readyArgument see {@link StorageThread#execute}
   * @throws OutOfMemoryError if there is no room for the reply, which is as it was
   */
  public void execute(
      Session session,
      CommandSpec spec,
      Request request,
      ReplyWriter reply,
      long nowMillis,
      int readyArgument) {
    database = session.database();
    protocol = session.protocol();
    user = session.user();
    Blocked waitedFor = readyArgument > 0 ? storage.waiting().whatWaits(session) : null;
    context.bind(session, spec, request, reply, session.database());
    context.ready(readyArgument, waitedFor);
    Keyspace keyspace = context.keyspace();
    appender.batch().clear();
    blocked = null;
    view = engine.view();
    keyspace.bindLent(view, appender.batch(), session.database(), nowMillis);
    int mark = reply.output().writerIndex();
    if (readsOnly && (readyArgument > 0 || StorageThread.needsWrites(session, spec))) {
      // It has waited for the role since before the failure.
      reply.error(storage.refusedWith(storage.refusal(), session, spec));
      return;
    }
    try {
      spec.handler().execute(context);
    } catch (Blocked e) {
      keyspace.rollBack();
      reply.output().writerIndex(mark);
      if (readsOnly) {
        reply.error(storage.refusal());
      } else {
        blocked = e;
      }
    } catch (RuntimeException e) {
      keyspace.rollBack();
      reply.output().writerIndex(mark);
      if (StorageThread.foundAnotherType(readyArgument, e)) {
        blocked = waitedFor;
      } else {
        reply.error(storage.refusedWith(CommandFailures.line(spec, e), session, spec));
      }
    } catch (OutOfMemoryError e) {
      giveUp(session);
      reply.output().writerIndex(mark);
      throw e;
    }
  }

  /** After {@link #execute}: what the command waits for; null: nothing, it has been replied to. */
  public Blocked blocked() {
    return blocked;
  }

  /**
   * Takes the role back, and appends what was changed by it.
   *
   * @param mark where the command's reply begins
   * @param later runs when there may be room for what was changed, if there is none now
   * @param again runs when the command may be executed again, if it has changed what is leased:
   *     then nothing has been changed, nothing replied, and the role has been taken back
   * @return whether it was taken back, and what was changed counts
   */
  public boolean takeBack(
      Session session,
      CommandSpec spec,
      ReplyWriter reply,
      int mark,
      Runnable later,
      Runnable again) {
    // What it has read would hold the very memory that its changes may wait for.
    forgetView();
    try {
      if (readsOnly) {
        appender.batch().clear();
      } else if (!storage.appendChanges()) {
        if (leases.hasRefused()) {
          giveUp(session);
          reply.output().writerIndex(mark);
          storage.park(again);
          giveBack();
        } else {
          retry = later;
          parked.awaitRoom();
        }
        return false;
      }
      context.takeEffect();
    } catch (RuntimeException e) {
      reply.output().writerIndex(mark);
      reply.error(storage.refusedWith(CommandFailures.line(spec, e), session, spec));
    }
    giveBack();
    return true;
  }

  /**
   * Has the role taken back, if that waits for room in the engine.
   *
   * @return false if it doesn't
   */
  boolean retry() {
    Runnable now = retry;
    if (now == null) {
      return false;
    }
    retry = null;
    now.run();
    return true;
  }

  /** Takes the role back; nothing of what was changed by it counts. */
  public void giveBack() {
    context.keyspace().unbind();
    forgetView();
    lent = false;
    returned++;
    storage.loop().execute(storage::unpark);
  }

  private void giveUp(Session session) {
    storage.giveUp(session, database, protocol, user);
  }

  private void forgetView() {
    context.keyspace().forgetReads();
    if (view != null) {
      view.close();
      view = null;
    }
  }
}
