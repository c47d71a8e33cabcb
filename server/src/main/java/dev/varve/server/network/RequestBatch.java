package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.Request;
import dev.varve.server.datatype.Misses;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.Router.Place;
import dev.varve.server.dispatch.Router.Step;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.StorageThread;
import dev.varve.server.writer.StorageThread.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Requests of one connection on their way through other threads than its loop, and their replies on
 * the way back. Whoever has the batch in hand has the connection's session in hand too: nothing
 * else of the connection is executed meanwhile, which keeps requests and replies in order.
 *
 * <p>It goes to the storage thread, the read pool, and back to the loop. What the storage thread
 * can't execute, because it would have to wait for the disk, it passes on to where it can be: each
 * such way has a class of its own, {@link BatchReads}, {@link BatchRehearsals}, {@link BatchRole},
 * {@link BatchBuild} and {@link BatchKeyWait}.
 */
final class RequestBatch {
  private static final int MOST_REQUESTS = 256;
  private static final int MOST_BYTES = 256 << 10;

  /** A batch comes to other threads when all that it has to see is to be seen there. */
  static final BooleanSupplier SEES_ALL = () -> false;

  private final ServerContext server;
  private final List<Request> requests = new ArrayList<>();
  private final Runnable storageTask = this::runOnStorageThread;
  private final Runnable returnTask = this::comeBack;
  private final ReadMemory memory;
  private final BatchReads reads;
  private final BatchRehearsals rehearsals;
  private final BatchKeyWait keyWait;
  private final BatchRole role;
  private final BatchBuild build;
  private Connection connection;
  private int size;
  private int bytes;
  private int next;
  private int executed;

  /** Whether the next request is one that the read pool must execute. */
  private boolean needsReadPool;

  private ReplyPart part;

  /** Why the next request has to be executed again later; null: it has not. */
  private OutOfMemoryError noMemory;

  /** Why the batch can't go on, and its connection neither; null: it can. */
  private Throwable failure;

  /** Bytes of large requests that count against the memory that all connections share. */
  private long charged;

  RequestBatch(ServerContext server) {
    this.server = server;
    this.memory = new ReadMemory(server.commandMemory());
    this.reads = new BatchReads(server, this, memory);
    this.rehearsals = new BatchRehearsals(server, this, memory);
    this.keyWait = new BatchKeyWait(server, this);
    this.role = new BatchRole(server, this, keyWait);
    this.build = new BatchBuild(server, this);
  }

  // The connection's loop

  /** Becomes the empty batch of a connection. */
  void begin(Connection owner) {
    connection = owner;
    size = 0;
    bytes = 0;
    next = 0;
    needsReadPool = false;
    noMemory = null;
    failure = null;
    reads.begin();
    rehearsals.begin();
    keyWait.begin();
  }

  /** Forgets its connection, its requests, and replies that nobody has taken. */
  void release() {
    connection = null;
    rehearsals.forget();
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
    rehearsals.advance(next);
  }

  /** The error line that answers the next request, which could not be rehearsed; null: it could. */
  String rehearsalFailure() {
    return rehearsals.failure();
  }

  /** Returns what rehearsals of the next request have read. */
  Misses misses() {
    return rehearsals.misses();
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
    reads.goToReadPool();
  }

  /** Has the next request, which was given up for want of something, rehearsed. */
  void goAndRehearse(Misses.Wanted miss) {
    rehearsals.rehearse(miss, connection.loop().eventLoop(), returnTask);
  }

  /** Storage thread: has the next request executed by the writer's role, lent to the read pool. */
  void borrowRole() {
    borrowRole(returnTask);
  }

  /** Storage thread: the same; {@code refused} runs if the role can't be lent any more. */
  void borrowRole(Runnable refused) {
    role.borrow(refused);
  }

  /** Storage thread: has the result of the next request built as the thread has prepared it. */
  void build() {
    build.begin();
  }

  /** Storage thread: has the next request wait. What was replied before it goes to the client. */
  void waitFor(Blocked what) {
    keyWait.waitFor(what);
  }

  /** Storage thread: the connection, whose next request waits for a key, has been closed. */
  void leave() {
    keyWait.leave();
  }

  /** Loop: the connection has been closed. */
  void end() {
    reads.end();
    build.end();
  }

  /** Any thread: whether it has memory that other commands may wait for, and they have for long. */
  boolean keepsMemoryFromOthers(long nanos) {
    return memory.isKeptFromOthers(nanos);
  }

  private void comeBack() {
    connection.requests().cameBack(this);
  }

  // The storage thread

  private void runOnStorageThread() {
    CommandRunner runner = server.storageRunner();
    runner.beginRun();
    try {
      boolean going = true;
      while (going && hasNext()) {
        going = executeOnStorageThread(runner);
      }
    } catch (OutOfMemoryError e) {
      noMemory = e;
      returnAtEndOfTurn();
    } catch (RuntimeException | Error e) {
      failure = e;
      returnAtEndOfTurn();
    } finally {
      runner.endRun();
    }
  }

  /** Executes the next request, or passes the batch on; false: it has been passed on. */
  private boolean executeOnStorageThread(CommandRunner runner) {
    StorageThread storage = server.storage();
    Session session = connection.session();
    Request request = peek();
    ReplyWriter writer = runner.replyTo(replies(), session);
    int mark = writer.mark();
    CommandSpec spec = server.router().admit(session, request, writer, runner.runMillis());
    if (spec == null && session.takePostponed()) {
      returnAtEndOfTurn();
      return false;
    }
    if (spec != null) {
      Step step = Router.next(spec, Place.STORAGE_THREAD, SEES_ALL);
      switch (step) {
        case RUN_LOCALLY -> runner.runLocal(session, spec, request);
        case RUN_AS_WRITER -> {
          server.trackedReads().rememberAsWriter(session, spec, request);
          Outcome outcome =
              rehearsals.failure() != null
                  ? answerFailure(writer)
                  : runner.runAsWriter(storage, session, spec, request, rehearsals.misses());
          if (outcome == Outcome.NO_ROOM) {
            storage.park(storageTask);
            return false;
          }
          if (outcome == Outcome.NEEDS_ROLE) {
            role.borrow(storageTask);
            return false;
          }
          if (outcome == Outcome.NEEDS_BUILD) {
            build.begin();
            return false;
          }
          if (outcome == Outcome.NEEDS_READ) {
            passOn(Router.nextBeyondMemory(spec));
            return false;
          }
          if (outcome == Outcome.BLOCKED) {
            keyWait.waitFor(storage.blocked());
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
    executed();
    if (session.closeAfterReply()) {
      next = size;
    }
    if (!hasNext() || isFull()) {
      returnAtEndOfTurn();
      return false;
    }
    return true;
  }

  private Outcome answerFailure(ReplyWriter writer) {
    writer.error(rehearsals.failure());
    return Outcome.DONE;
  }

  private void passOn(Step step) {
    switch (step) {
      case REHEARSE ->
          rehearsals.rehearse(server.storage().wanted(), server.storage().loop(), storageTask);
      case GO_TO_READ_POOL -> {
        // By way of the loop: what was executed must be visible there first.
        needsReadPool = true;
        returnAtEndOfTurn();
      }
      case GO_BACK -> returnAtEndOfTurn();
      default -> throw new IllegalStateException(step + " on the storage thread");
    }
  }

  /** Storage thread: the loop gets the batch when this turn's group is committed. */
  void returnAtEndOfTurn() {
    server.returnAtEndOfTurn(this);
  }

  /** The loop gets the batch. */
  void returnToLoop() {
    connection.loop().eventLoop().execute(returnTask);
  }

  // Whoever has it in hand

  Connection connection() {
    return connection;
  }

  Session session() {
    return connection.session();
  }

  /** Returns the place of the next request. */
  int next() {
    return next;
  }

  /** Returns how many requests there are, those that were executed included. */
  int size() {
    return size;
  }

  /** Returns the request at a place. */
  Request request(int place) {
    return requests.get(place);
  }

  /** Returns what goes on with the batch on the storage thread. */
  Runnable storageTask() {
    return storageTask;
  }

  /** There was no memory for the reply to the next request, which is to be executed again later. */
  void lacksMemory(OutOfMemoryError e) {
    noMemory = e;
  }

  /** The batch can't go on, and its connection neither. */
  void failed(Throwable e) {
    failure = e;
  }

  /** The next request has been executed elsewhere than on its loop, and replied to. */
  void executed() {
    executed++;
    advance();
  }

  /** Storage thread: the next request has been replied to, and was the last for this time. */
  void answered(CommandSpec spec, int mark) {
    Session session = connection.session();
    long sequence = server.storage().appendedSequence();
    part.replied(session, spec, mark, sequence, server.engine().writtenSequence());
    executed();
    if (session.closeAfterReply()) {
      next = size;
    }
    returnAtEndOfTurn();
  }

  /** Whether the client should get what is there before more is computed. */
  boolean isFull() {
    return part != null && part.size() >= ReplyQueue.TURN_BYTES;
  }

  /** Returns what takes the replies of what is executed elsewhere. */
  ReplyPart replies() {
    if (part == null) {
      part = new ReplyPart(server.allocator(), bytes, server.errors());
    }
    return part;
  }

  /** Sets what takes the replies; null: there are none. */
  void replies(ReplyPart taker) {
    part = taker;
  }
}
