package dev.varve.server.network;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.Misses;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.Router.Place;
import dev.varve.server.dispatch.Router.Step;
import dev.varve.server.dispatch.Session;
import dev.varve.server.network.CommandRunner.Extent;
import dev.varve.server.writer.CommandFailures;
import dev.varve.server.writer.Rehearsal;
import dev.varve.server.writer.StorageThread;
import dev.varve.server.writer.StorageThread.Outcome;
import dev.varve.server.writer.WaitingClients;
import dev.varve.storage.ReadView;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * Requests of one connection on their way through other threads than its loop, and their replies on
 * the way back. Whoever has the batch in hand has the connection's session in hand too: nothing
 * else of the connection is executed meanwhile, which keeps requests and replies in order.
 *
 * <p>It goes to the storage thread, the read pool, and back to the loop. What the storage thread
 * can't execute, because it would have to wait for the disk, it passes on to where it can be.
 */
final class RequestBatch implements WaitingClients.Client {
  private static final int MOST_REQUESTS = 256;
  private static final int MOST_BYTES = 256 << 10;

  /**
   * So often a command is rehearsed. If it is given up once more, as others move what it reads, it
   * borrows the writer's role.
   */
  private static final int MOST_REHEARSALS = 3;

  /**
   * Of the requests after one that is rehearsed, so many are, too, whether or not memory lacks
   * something for them. As long as it does, all after it are.
   */
  private static final int MOST_IN_VAIN = 2;

  /** A batch comes to other threads when all that it has to see is to be seen there. */
  private static final BooleanSupplier SEES_ALL = () -> false;

  private final ServerContext server;
  private final List<Request> requests = new ArrayList<>();
  private final Runnable storageTask = this::runOnStorageThread;
  private final Runnable returnTask = this::comeBack;
  private Connection connection;
  private int size;
  private int bytes;
  private int next;
  private int executed;

  /** Whether the next request is one that the read pool must execute. */
  private boolean needsReadPool;

  /** Whether the next request is a read whose reply is large. */
  private boolean needsStream;

  /** Whether the next request is a read that goes through very many elements. */
  private boolean needsLength;

  /** What the next request's reply leaves by, while it is computed; null: it isn't large. */
  private volatile ReplyStream stream;

  /** What the next request's result is built by; null: it isn't built aside. */
  private volatile BuildRun building;

  /** What rehearsals of the next request have read. */
  private Misses misses = Misses.NONE;

  /** What its last run was given up for. */
  private Misses.Wanted wanted;

  private int rehearsals;

  /** The requests after {@link #next} up to this one were rehearsed ahead of their turn. */
  private int aheadUpTo;

  /** Seeds of those that were, by their place. */
  private long[] aheadSeeds = {};

  private final SplittableRandom seeds = new SplittableRandom();

  /** What {@link #misses}, or copies that a read holds, may take of the memory of all commands. */
  private volatile long reserved;

  private final LongPredicate memoryToRead = this::hasToRead;

  /** The next request, a read, was given up as it would hold so much; 0: it wasn't. */
  private long neededToRead;

  /** The error line that answers the next request, which could not be rehearsed; or null. */
  private String rehearsalFailure;

  /** Waits for a key, for the next request; null: it doesn't. */
  private WaitingClients.Waiter waiter;

  /** Which argument of the next request is the key that has been put since it waits; 0: none. */
  private int readyArgument;

  private ReplyPart part;

  /** Why the next request has to be executed again later; null: it has not. */
  private OutOfMemoryError noMemory;

  /** Why the batch can't go on, and its connection neither; null: it can. */
  private Throwable failure;

  /** Bytes of large requests that count against the memory that all connections share. */
  private long charged;

  RequestBatch(ServerContext server) {
    this.server = server;
  }

  // The connection's loop

  /** Becomes the empty batch of a connection. */
  void begin(Connection owner) {
    connection = owner;
    size = 0;
    bytes = 0;
    next = 0;
    misses = Misses.NONE;
    wanted = null;
    rehearsals = 0;
    aheadUpTo = 0;
    rehearsalFailure = null;
    needsReadPool = false;
    needsStream = false;
    needsLength = false;
    noMemory = null;
    failure = null;
    waiter = null;
    readyArgument = 0;
  }

  /** Forgets its connection, its requests, and replies that nobody has taken. */
  void release() {
    connection = null;
    forgetMisses();
    for (int i = next; i < size; i++) {
      requests.get(i).release();
    }
    size = 0;
    server.inputBudget().add(-charged);
    charged = 0;
    if (part != null) {
      part.release();
      part = null;
    }
  }

  boolean needsReadPool() {
    return needsReadPool;
  }

  boolean hasRoom() {
    return size < MOST_REQUESTS && bytes < MOST_BYTES;
  }

  void add(Request request) {
    if (size == requests.size()) {
      requests.add(request.copy());
    } else {
      request.copyTo(requests.get(size));
    }
    if (requests.get(size).isShared()) {
      charged += request.byteSize();
      server.inputBudget().add(request.byteSize());
    }
    bytes += request.byteSize();
    size++;
  }

  boolean hasNext() {
    return next < size;
  }

  /** Any thread: what its requests take, which may be a moment old. */
  int bytes() {
    return size == 0 ? 0 : bytes;
  }

  Request peek() {
    return requests.get(next);
  }

  void advance() {
    Request done = requests.get(next++);
    if (done.isShared()) {
      charged -= done.byteSize();
      server.inputBudget().add(-done.byteSize());
    }
    done.release();
    forgetMisses();
    if (next < aheadUpTo) {
      misses = Misses.seeded(aheadSeeds[next]);
    }
  }

  private void forgetMisses() {
    misses = Misses.NONE;
    wanted = null;
    rehearsals = 0;
    rehearsalFailure = null;
    long given = reserved;
    reserved = 0;
    server.commandMemory().give(given);
  }

  String rehearsalFailure() {
    return rehearsalFailure;
  }

  Misses misses() {
    return misses;
  }

  /** Returns how many requests were executed elsewhere since this was asked last. */
  int takeExecutedCount() {
    int count = executed;
    executed = 0;
    return count;
  }

  /**
   * Returns why the next request has to be executed again later, since this was asked last: there
   * was no memory for its reply. Null: it has not.
   */
  OutOfMemoryError takeNoMemory() {
    OutOfMemoryError taken = noMemory;
    noMemory = null;
    return taken;
  }

  /** Returns why it can't go on, and its connection neither; null: it can. */
  Throwable failure() {
    return failure;
  }

  /** Takes the replies of what was executed elsewhere; null if there are none. */
  ReplyPart takeReplies() {
    ReplyPart taken = part;
    part = null;
    return taken;
  }

  /** Has the rest executed on the storage thread. */
  void goToStorageThread() {
    server.storage().loop().execute(storageTask);
  }

  /** Has as much of the rest executed on the read pool as only reads. */
  void goToReadPool() {
    needsReadPool = false;
    server.readPool().execute(() -> runOverView(Extent.BRIEFLY));
  }

  /** Has the next request, which was given up for want of something, rehearsed. */
  void goAndRehearse(Misses.Wanted miss) {
    rehearseOnReadPool(miss, connection.loop().eventLoop(), returnTask);
  }

  /** Storage thread: has the next request executed by the writer's role, lent to the read pool. */
  void borrowRole() {
    borrowRole(returnTask);
  }

  private void borrowRole(Runnable refused) {
    server.storage().role().lend(this::runLent, refused);
  }

  private void rehearseOnReadPool(Misses.Wanted miss, Executor then, Runnable task) {
    if (++rehearsals > MOST_REHEARSALS) {
      borrowRole(task);
      return;
    }
    wanted = miss;
    rehearseAgain(then, task);
  }

  private void rehearseAgain(Executor then, Runnable task) {
    server.readPool().execute(() -> rehearse(then, task));
  }

  private void comeBack() {
    connection.cameBack(this);
  }

  // The storage thread

  private void runOnStorageThread() {
    CommandRunner runner = server.storageRunner();
    runner.beginRun();
    try {
      replies();
      boolean going = true;
      while (going && hasNext()) {
        going = executeOnStorageThread(runner);
      }
    } catch (OutOfMemoryError e) {
      noMemory = e;
      server.returnAtEndOfTurn(this);
    } catch (RuntimeException | Error e) {
      failure = e;
      server.returnAtEndOfTurn(this);
    } finally {
      runner.endRun();
    }
  }

  /** Executes the next request, or passes the batch on; false: it has been passed on. */
  private boolean executeOnStorageThread(CommandRunner runner) {
    StorageThread storage = server.storage();
    Session session = connection.session();
    Request request = peek();
    ReplyWriter writer = runner.replyTo(part, session);
    int mark = writer.mark();
    CommandSpec spec = server.router().admit(session, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      server.returnAtEndOfTurn(this);
      return false;
    }
    if (spec != null) {
      Step step = Router.next(spec, Place.STORAGE_THREAD, SEES_ALL);
      switch (step) {
        case RUN_LOCALLY -> runner.runLocal(session, spec, request);
        case RUN_AS_WRITER -> {
          server.trackedReads().rememberAsWriter(session, spec, request);
          Outcome outcome =
              rehearsalFailure != null
                  ? answerFailure(writer)
                  : runner.runAsWriter(storage, session, spec, request, misses);
          if (outcome == Outcome.NO_ROOM) {
            storage.park(storageTask);
            return false;
          }
          if (outcome == Outcome.NEEDS_ROLE) {
            borrowRole(storageTask);
            return false;
          }
          if (outcome == Outcome.NEEDS_BUILD) {
            build();
            return false;
          }
          if (outcome == Outcome.NEEDS_READ) {
            passOn(Router.nextBeyondMemory(spec));
            return false;
          }
          if (outcome == Outcome.BLOCKED) {
            waitFor(storage.blocked());
            return false;
          }
        }
        default -> {
          passOn(step);
          return false;
        }
      }
      runner.ran(session, spec, request);
    }
    part.replied(
        session, spec, mark, storage.appendedSequence(), server.engine().writtenSequence());
    executed++;
    advance();
    if (session.closeAfterReply()) {
      next = size;
    }
    if (!hasNext() || isFull()) {
      server.returnAtEndOfTurn(this);
      return false;
    }
    return true;
  }

  private Outcome answerFailure(ReplyWriter writer) {
    writer.error(rehearsalFailure);
    return Outcome.DONE;
  }

  private void passOn(Step step) {
    switch (step) {
      case REHEARSE ->
          rehearseOnReadPool(server.storage().wanted(), server.storage().loop(), storageTask);
      case GO_TO_READ_POOL -> {
        // By way of the loop: what was executed must be visible there first.
        needsReadPool = true;
        server.returnAtEndOfTurn(this);
      }
      case GO_BACK -> server.returnAtEndOfTurn(this);
      default -> throw new IllegalStateException(step + " on the storage thread");
    }
  }

  /** Storage thread, at the end of the turn: the loop gets the batch, whose group is committed. */
  void returnToLoop() {
    connection.loop().eventLoop().execute(returnTask);
  }

  // The read pool, and the threads for long reads

  private void runOverView(Extent extent) {
    needsLength = false;
    CommandRunner runner = server.poolRunner();
    runner.beginRun();
    rememberReads();
    try (ReadView view = server.engine().view()) {
      replies();
      Place place = Place.READ_POOL;
      boolean goesOn = true;
      while (goesOn && hasNext() && !isFull()) {
        goesOn = executeOverView(runner, view, place, extent) && extent == Extent.BRIEFLY;
        place = Place.READ_POOL_SHARED;
      }
    } catch (OutOfMemoryError e) {
      noMemory = e;
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      runner.endRun();
      if (needsStream) {
        server.streams().execute(this::runAsStream);
      } else if (needsLength) {
        server.longReads().execute(() -> runOverView(Extent.AT_LENGTH));
      } else {
        endRead();
      }
    }
  }

  /** A read is over, or was given up for want of memory: then it runs again when that is there. */
  private void endRead() {
    long needed = neededToRead;
    neededToRead = 0;
    if (needed == 0) {
      returnToLoop();
    } else if (reserve(needed, this::goToReadPool)) {
      goToReadPool();
    }
  }

  /** Any thread: whether it has memory that other commands may wait for, and they have for long. */
  boolean keepsMemoryFromOthers(long nanos) {
    return reserved > 0 && server.commandMemory().isWaitedForSince(nanos);
  }

  /** Whether what the next request, a read, wants to hold fits into what was taken for it. */
  private boolean hasToRead(long wanted) {
    if (wanted <= reserved) {
      return true;
    }
    server.commandMemory().check(wanted);
    // What comes little by little would have it begin anew for each little.
    neededToRead = Math.max(wanted, Math.min(2 * wanted, server.commandMemory().limit()));
    return false;
  }

  /**
   * Before a view is taken: whatever may be read over it is noted for a client that keeps copies,
   * more perhaps than will be.
   */
  private void rememberReads() {
    Session session = connection.session();
    if (session.tracker() == null) {
      return;
    }
    for (int i = next; i < size; i++) {
      CommandSpec spec = server.commands().find(requests.get(i));
      if (spec != null) {
        server.trackedReads().remembered(session, spec, requests.get(i));
      }
    }
  }

  /**
   * Executes the next request if it belongs here.
   *
   * @return whether the one after it may be executed over the same view
   */
  private boolean executeOverView(CommandRunner runner, ReadView view, Place place, Extent extent) {
    Session session = connection.session();
    Request request = peek();
    ReplyWriter writer = runner.replyTo(part, session);
    int mark = writer.mark();
    CommandSpec spec = server.router().admit(session, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      return false;
    }
    if (spec != null) {
      if (Router.next(spec, place, SEES_ALL) != Step.RUN_OVER_VIEW) {
        return false;
      }
      try {
        needsLength = !runner.runRead(session, spec, request, view, extent, memoryToRead);
      } catch (NeedsStream _) {
        needsStream = true;
        return false;
      } catch (Misses.NoMemory _) {
        return false;
      }
      if (needsLength) {
        return false;
      }
      runner.ran(session, spec, request);
    }
    part.replied(session, spec, mark, 0, 0);
    executed++;
    advance();
    // What a command of the pool has changed is not in the view; nor is what a count told of.
    return (spec == null || Router.leavesViewAsItIs(spec)) && !view.isOutrun();
  }

  // A thread of the streams

  /** Executes the next request, whose reply leaves while it is computed. */
  private void runAsStream(CommandRunner runner) {
    needsStream = false;
    runner.beginRun();
    rememberReads();
    ReplyStream leaving = new ReplyStream(server, connection, part);
    part = null;
    stream = leaving;
    try (ReadView view = server.engine().view()) {
      streamReply(runner, view, leaving);
    } catch (Misses.NoMemory e) {
      if (leaving.hasSent()) {
        neededToRead = 0;
        failure = e;
      }
    } catch (ClientStream.EndedException _) {
      // The connection has been closed, and waits for the batch to come back.
    } catch (OutOfMemoryError e) {
      if (leaving.hasSent()) {
        failure = e;
      } else {
        noMemory = e;
      }
    } catch (RuntimeException | Error e) {
      failure = e;
    } finally {
      part = leaving.takePart();
      stream = null;
      runner.endRun();
      endRead();
    }
  }

  private void streamReply(CommandRunner runner, ReadView view, ReplyStream leaving) {
    Session session = connection.session();
    Request request = peek();
    ReplyWriter writer = runner.replyTo(leaving.part(), session);
    int mark = writer.mark();
    CommandSpec spec = server.router().admit(session, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      return;
    }
    if (spec != null) {
      runner.runStreamed(session, spec, request, view, leaving, memoryToRead);
      runner.ran(session, spec, request);
    }
    if (leaving.hasSent()) {
      ReplyPart.streamed(session, spec);
    } else {
      leaving.part().replied(session, spec, mark, 0, 0);
    }
    executed++;
    advance();
  }

  /** Loop: the connection has been closed. */
  void end() {
    ReplyStream leaving = stream;
    if (leaving != null) {
      leaving.end();
    }
    BuildRun run = building;
    if (run != null) {
      run.end();
    }
  }

  // Results that are built aside

  /** Storage thread: has the result of the next request built as the thread has prepared it. */
  void build() {
    BuildRun run = new BuildRun(server, server.storage().builds().begun());
    building = run;
    server.builds().execute(() -> runBuild(run));
  }

  private void runBuild(BuildRun run) {
    StorageThread storage = server.storage();
    Session session = connection.session();
    CommandSpec spec = server.commands().find(peek());
    long began = System.nanoTime();
    try {
      replies();
      ReplyWriter writer = server.newWriter(part, session);
      int mark = writer.mark();
      String error = run.run(session, spec, peek(), writer);
      if (error == null) {
        storage.loop().execute(() -> endBuild(run, spec, writer, mark, began));
      } else {
        writer.rollBack(mark);
        writer.error(error);
        storage.loop().execute(() -> giveUpBuild(run, () -> answered(spec, mark)));
      }
    } catch (ClientStream.EndedException _) {
      storage.loop().execute(() -> giveUpBuild(run, () -> server.returnAtEndOfTurn(this)));
    } catch (RuntimeException | Error e) {
      failure = e;
      storage.loop().execute(() -> giveUpBuild(run, () -> server.returnAtEndOfTurn(this)));
    }
  }

  /** Storage thread: all but the last step has been done. */
  private void endBuild(BuildRun run, CommandSpec spec, ReplyWriter writer, int mark, long began) {
    StorageThread storage = server.storage();
    if (storage.role().isLent()) {
      storage.parkForRoom(() -> endBuild(run, spec, writer, mark, began));
      return;
    }
    if (run.isOutOfDate()) {
      writer.rollBack(mark);
      giveUpBuild(run, storageTask);
      return;
    }
    try {
      if (!run.finish()) {
        storage.parkForRoom(() -> endBuild(run, spec, writer, mark, began));
        return;
      }
    } catch (RuntimeException e) {
      writer.rollBack(mark);
      writer.error(CommandFailures.line(spec, e));
      giveUpBuild(run, () -> answered(spec, mark));
      return;
    }
    building = null;
    server
        .storageRunner()
        .ranElsewhere(connection.session(), spec, peek(), System.nanoTime() - began);
    answered(spec, mark);
  }

  private void giveUpBuild(BuildRun run, Runnable then) {
    if (run.giveUp()) {
      building = null;
      then.run();
    } else {
      server.storage().parkForRoom(() -> giveUpBuild(run, then));
    }
  }

  /** By the writer's role. */
  private void runLent() {
    StorageThread storage = server.storage();
    CommandRunner runner = server.poolRunner();
    runner.beginRun();
    try {
      replies();
      Session session = connection.session();
      CommandSpec spec = server.commands().find(peek());
      ReplyWriter writer = server.newWriter(part, session);
      int mark = part.bytes().writerIndex();
      storage.role().execute(session, spec, peek(), writer, runner.runMillis(), readyArgument);
      if (storage.role().blocked() == null) {
        runner.ran(session, spec, peek());
      }
      storage.loop().execute(() -> endLent(spec, writer, mark));
    } catch (OutOfMemoryError e) {
      noMemory = e;
      storage.loop().execute(this::failLent);
    } catch (RuntimeException | Error e) {
      failure = e;
      storage.loop().execute(this::failLent);
    } finally {
      runner.endRun();
    }
  }

  /** Storage thread: what was executed by its role counts. */
  private void endLent(CommandSpec spec, ReplyWriter writer, int mark) {
    StorageThread storage = server.storage();
    Session session = connection.session();
    try {
      if (!storage.role().takeBack(
          session,
          spec,
          writer,
          mark,
          () -> endLent(spec, writer, mark),
          () -> borrowRole(waiter == null ? storageTask : this::refuseRole))) {
        return;
      }
      if (storage.role().blocked() != null) {
        waitOn(storage.role().blocked());
      } else {
        endWaiting();
        answered(spec, mark);
      }
    } catch (RuntimeException | Error e) {
      failure = e;
      storage.role().giveBack();
      endWaiting();
      server.returnAtEndOfTurn(this);
    }
    storage.serveWaiting();
  }

  /** A request has been replied to, and was the last for this time. */
  private void answered(CommandSpec spec, int mark) {
    Session session = connection.session();
    long sequence = server.storage().appendedSequence();
    part.replied(session, spec, mark, sequence, server.engine().writtenSequence());
    executed++;
    advance();
    if (session.closeAfterReply()) {
      next = size;
    }
    server.returnAtEndOfTurn(this);
  }

  /** Storage thread: what was executed by its role came to nothing. */
  private void failLent() {
    server.storage().role().giveBack();
    endWaiting();
    server.returnAtEndOfTurn(this);
    server.storage().serveWaiting();
  }

  // Waiting for keys; the storage thread

  /** Has the next request wait. What was replied before it goes to the client now. */
  void waitFor(Blocked what) {
    ReplyPart early = part;
    part = null;
    waiter = server.storage().waiting().add(this, what);
    connection.loop().eventLoop().execute(() -> connection.waits(this, early));
  }

  private void waitOn(Blocked what) {
    if (waiter == null) {
      waitFor(what);
    } else {
      server.storage().waiting().waitsOn(waiter);
    }
  }

  private void endWaiting() {
    if (waiter != null) {
      server.storage().waiting().remove(waiter);
      waiter = null;
      readyArgument = 0;
    }
  }

  /** The connection has been closed. */
  void leave() {
    if (waiter != null && server.storage().waiting().leave(waiter)) {
      waiter = null;
      returnToLoop();
    }
  }

  @Override
  public Session session() {
    return connection.session();
  }

  @Override
  public Outcome runAgain(int argument) {
    readyArgument = argument;
    CommandRunner runner = server.wakingRunner();
    runner.beginRun();
    try {
      Outcome outcome = runAgain(runner, argument);
      if (outcome == Outcome.NEEDS_READ || outcome == Outcome.NEEDS_ROLE) {
        borrowRole(this::refuseRole);
        return Outcome.NEEDS_ROLE;
      }
      return outcome;
    } catch (OutOfMemoryError e) {
      noMemory = e;
      endWaiting();
      server.returnAtEndOfTurn(this);
      return Outcome.DONE;
    } finally {
      runner.endRun();
    }
  }

  private Outcome runAgain(CommandRunner runner, int argument) {
    replies();
    Session session = connection.session();
    CommandSpec spec = server.commands().find(peek());
    ReplyWriter writer = runner.replyTo(part, session);
    int mark = writer.mark();
    if (!server.router().allows(session, spec, peek(), writer)) {
      endWaiting();
      answered(spec, mark);
      return Outcome.DONE;
    }
    Outcome outcome =
        server
            .storage()
            .execute(session, spec, peek(), writer, Misses.NONE, runner.runMillis(), argument);
    if (outcome == Outcome.DONE) {
      runner.ran(session, spec, peek());
      endWaiting();
      answered(spec, mark);
    }
    return outcome;
  }

  /** No more writes are taken. */
  private void refuseRole() {
    endWaiting();
    answer(reply -> reply.error(server.storage().refusal()));
  }

  @Override
  public void answer(Consumer<ReplySink> reply) {
    waiter = null;
    readyArgument = 0;
    CommandRunner runner = server.wakingRunner();
    runner.beginRun();
    replies();
    ReplyWriter writer = runner.replyTo(part, connection.session());
    int mark = writer.mark();
    CommandSpec spec = server.commands().find(peek());
    reply.accept(writer);
    runner.ran(connection.session(), spec, peek());
    runner.endRun();
    answered(spec, mark);
  }

  private void rehearse(Executor then, Runnable task) {
    Request request = peek();
    CommandSpec spec = server.commands().find(request);
    Rehearsal rehearsal = server.rehearsal();
    try (ReadView view = server.engine().view()) {
      misses =
          rehearsal.run(
              view,
              misses,
              wanted,
              bytes -> reserve(bytes, () -> rehearseAgain(then, task)),
              connection.session(),
              spec,
              request,
              server.clock().getAsLong());
      rehearseAhead(view, rehearsal);
    } catch (Misses.NoMemory e) {
      // From here on the batch is that of whoever runs what waits.
      return;
    } catch (RuntimeException e) {
      String error = CommandFailures.line(spec, e);
      rehearsalFailure = server.storage().refusedWith(error, connection.session(), spec);
    } catch (Error e) {
      failure = e;
      returnToLoop();
      return;
    }
    then.execute(task);
  }

  /**
   * Rehearses requests after the next one, as what it lacked they may lack, too: so a pipeline of
   * them goes to the pool and back once, and not once for each.
   */
  private void rehearseAhead(ReadView view, Rehearsal rehearsal) {
    Session session = connection.session();
    int vain = 0;
    int at = Math.max(next + 1, aheadUpTo);
    while (at < size && vain < MOST_IN_VAIN) {
      CommandSpec spec = server.router().foresee(session, requests.get(at));
      if (spec == null) {
        return;
      }
      Misses seed = seedAhead(at);
      long now = server.clock().getAsLong();
      try {
        if (!rehearsal.runAhead(view, seed, session, spec, requests.get(at), now)) {
          vain++;
        }
      } catch (RuntimeException _) {
        // It will be rehearsed when its turn has come, which answers it if that fails.
        return;
      }
      at++;
    }
  }

  private Misses seedAhead(int at) {
    if (aheadSeeds.length < requests.size()) {
      aheadSeeds = Arrays.copyOf(aheadSeeds, requests.size());
    }
    aheadSeeds[at] = seeds.nextLong();
    aheadUpTo = at + 1;
    return Misses.seeded(aheadSeeds[at]);
  }

  /**
   * Takes memory for what is read; false: it will be there later, and {@code again} is run then.
   */
  private boolean reserve(long bytes, Runnable again) {
    if (bytes <= reserved) {
      return true;
    }
    CommandMemory memory = server.commandMemory();
    // Twice as much as before, so that one that reads many keys doesn't wait for each.
    long ample = Math.max(bytes, Math.min(2 * reserved, memory.limit()));
    // Nobody who waits holds any.
    misses = Misses.NONE;
    long given = reserved;
    reserved = 0;
    memory.give(given);
    Runnable granted =
        () -> {
          reserved = ample;
          again.run();
        };
    if (!memory.take(ample, granted)) {
      return false;
    }
    reserved = ample;
    return true;
  }

  /** Whether the client should get what is there before more is computed. */
  private boolean isFull() {
    return part.size() >= ReplyQueue.TURN_BYTES;
  }

  private void replies() {
    if (part == null) {
      part = new ReplyPart(server.allocator(), bytes, server.errors());
    }
  }
}
