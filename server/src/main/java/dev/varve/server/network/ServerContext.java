package dev.varve.server.network;

import dev.varve.protocol.ReplyWriter;
import dev.varve.protocol.RequestLimits;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.datatype.Databases;
import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.DebugSwitches;
import dev.varve.server.dispatch.DiskQuota;
import dev.varve.server.dispatch.ErrorStatistics;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.server.dispatch.Monitors;
import dev.varve.server.dispatch.QueuedRequests;
import dev.varve.server.dispatch.Router;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.SlowCommands;
import dev.varve.server.dispatch.TrackedReads;
import dev.varve.server.dispatch.Users;
import dev.varve.server.pubsub.Channels;
import dev.varve.server.writer.ReadPool;
import dev.varve.server.writer.Rehearsal;
import dev.varve.server.writer.StorageThread;
import dev.varve.server.writer.Waits;
import dev.varve.storage.StorageEngine;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** What all connections share. */
public final class ServerContext implements QueuedRequests.Memory {
  private static final int MOST_LONG_READS = 2;
  private static final long MOST_SMALL_BYTES = 1 << 20;

  private final CommandTable commands;
  private final Router router;
  private final StorageThread storage;
  private final Databases databases;
  private final ReadPool readPool;
  private final LongSupplier clock;
  private final PooledByteBufAllocator allocator;
  private final Supplier<CommandContext> contexts;
  private final SlowCommands slow;
  private final TrackedReads trackedReads;
  private final Monitors monitors;
  private final CommandRunner storageRunner;
  private final CommandRunner wakingRunner;
  private final PausedClients paused;

  /**
   * Reads that would keep others waiting on the read pool. As few take their turns at once, ranks
   * that many ask for are counted by the time that most of them look.
   */
  private final ReadPool longReads;

  private final ReplyStreams streams;
  private final Waits waits;
  private final BuildThreads builds;
  private final ThreadLocal<CommandRunner> poolRunners;
  private final ThreadLocal<Rehearsal> rehearsals;
  private final MemoryBudget outputBudget;
  private final MemoryBudget inputBudget;
  private final long networkBytes;

  /** What large buffers may not take, so that there is always room for small ones. */
  private final long smallBytes;

  private final CommandMemory commandMemory;
  private final Users users;
  private final Channels channels;
  private final ErrorStatistics errors = new ErrorStatistics();
  private final LogLimit warnings = new LogLimit();
  private final LogLimit failures = new LogLimit();
  private volatile NetworkLimits limits;

  /** Batches that the storage thread has executed in its turn; its own. */
  private final List<RequestBatch> executed = new ArrayList<>();

  /**
   * Gathers what connections need.
   *
   * @param threads makes those that are for one kind of work
   * @param contexts makes the context of a thread that executes commands
   * @param networkBytes memory for requests and replies: half for either
   * @param commandMemory heap for what is fetched for commands
   * @param pause whether clients' commands wait
   * @param script whether most commands are refused
   * @param users who may do what
   * @param debug whether DEBUG is refused
   * @param quota whether what adds to the data is refused
   * @param channels that connections subscribe to
   * @param slow notes commands that were slow
   * @param monitors are shown all commands
   * @param trackedReads notes what is read for clients that keep copies
   */
  public ServerContext(
      ServerThreads threads,
      CommandTable commands,
      StorageThread storage,
      Databases databases,
      ReadPool readPool,
      LongSupplier clock,
      PooledByteBufAllocator allocator,
      Supplier<CommandContext> contexts,
      long networkBytes,
      CommandMemory commandMemory,
      ClientPause pause,
      RunningScript script,
      Users users,
      DebugSwitches debug,
      DiskQuota quota,
      Channels channels,
      SlowCommands slow,
      TrackedReads trackedReads,
      Monitors monitors,
      NetworkLimits limits) {
    this.commands = commands;
    this.router =
        new Router(commands, clock, this, pause, script, users, debug, quota, storage::endMulti);
    this.paused = new PausedClients(pause, storage.loop(), clock);
    this.storage = storage;
    this.databases = databases;
    this.readPool = readPool;
    this.clock = clock;
    this.allocator = allocator;
    this.contexts = contexts;
    this.slow = slow;
    this.trackedReads = trackedReads;
    this.monitors = monitors;
    this.longReads = threads.pool("varve-walk-", MOST_LONG_READS);
    this.waits = threads.waits();
    this.streams = new ReplyStreams(threads, this::newRunner);
    this.builds = new BuildThreads(threads, contexts, commandMemory.limit());
    this.storageRunner = newRunner();
    this.wakingRunner = newRunner();
    this.poolRunners = ThreadLocal.withInitial(this::newRunner);
    this.rehearsals = ThreadLocal.withInitial(() -> new Rehearsal(contexts.get()));
    // Replies that wait take little more than what is in them; the rest is for those that are being
    // written.
    this.outputBudget = new MemoryBudget(networkBytes * 3 / 8);
    this.inputBudget = new MemoryBudget(networkBytes / 2);
    this.networkBytes = networkBytes;
    this.smallBytes = Math.min(MOST_SMALL_BYTES, networkBytes / 16);
    this.commandMemory = commandMemory;
    this.users = users;
    this.channels = channels;
    this.limits = limits;
  }

  /** Returns the errors that clients were answered with. */
  public ErrorStatistics errors() {
    return errors;
  }

  CommandTable commands() {
    return commands;
  }

  Router router() {
    return router;
  }

  StorageThread storage() {
    return storage;
  }

  StorageEngine engine() {
    return storage.engine();
  }

  Databases databases() {
    return databases;
  }

  ReadPool readPool() {
    return readPool;
  }

  LongSupplier clock() {
    return clock;
  }

  ByteBufAllocator allocator() {
    return allocator;
  }

  /**
   * To be asked before a large buffer is taken. The JVM knows the limit as well, but would have the
   * thread sleep for half a second before it says no.
   *
   * @throws OutOfMemoryError if it has no room beside all buffers that there are
   */
  void reserve(int bytes) {
    long used = allocator.metric().usedDirectMemory();
    if (used + bytes > networkBytes - smallBytes) {
      throw new OutOfMemoryError(
          "buffers take " + used + " of " + networkBytes + " bytes, " + bytes + " more don't fit");
    }
  }

  /** Returns a buffer; null if there is no memory for it now. */
  ByteBuf bufferIfThereIsRoom(int bytes) {
    try {
      return allocator.directBuffer(bytes);
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  /** Memory for what is queued since MULTI is that for requests. */
  @Override
  public ByteBuf take(int capacity) {
    inputBudget.add(capacity);
    ByteBuf taken = null;
    if (!inputBudget.isExceeded()) {
      taken = bufferFor(capacity);
    }
    if (taken == null) {
      inputBudget.refused();
      inputBudget.add(-capacity);
    }
    return taken;
  }

  private ByteBuf bufferFor(int capacity) {
    try {
      if (capacity > smallBytes) {
        reserve(capacity);
      }
      // Just so much is taken, and given back.
      return allocator.directBuffer(capacity, capacity);
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  @Override
  public void give(ByteBuf buffer) {
    inputBudget.add(-buffer.capacity());
    buffer.release();
  }

  private void reserveReply(int written, int grown) {
    if (written + (long) grown > networkBytes - smallBytes) {
      throw new CommandException(
          "OOM the reply takes more memory than this server has for replies");
    }
    reserve(grown);
  }

  CommandMemory commandMemory() {
    return commandMemory;
  }

  Users users() {
    return users;
  }

  Channels channels() {
    return channels;
  }

  Monitors monitors() {
    return monitors;
  }

  TrackedReads trackedReads() {
    return trackedReads;
  }

  /** Returns the limit of warnings about connections that are closed. */
  LogLimit warnings() {
    return warnings;
  }

  /** Returns the limit of lines about connections that failed. */
  LogLimit failures() {
    return failures;
  }

  MemoryBudget outputBudget() {
    return outputBudget;
  }

  MemoryBudget inputBudget() {
    return inputBudget;
  }

  CommandRunner newRunner() {
    return new CommandRunner(contexts.get(), slow, monitors, clock, this::reserveReply);
  }

  /** Returns a writer for a reply that is written on more than one thread. */
  ReplyWriter newWriter(ReplyPart part, Session session) {
    return new ReplyWriter(part.bytes(), session.protocol(), this::reserveReply);
  }

  /** Storage thread: executes what batches bring. */
  CommandRunner storageRunner() {
    return storageRunner;
  }

  /** Storage thread: executes again what has waited for a key, while another one may be at work. */
  CommandRunner wakingRunner() {
    return wakingRunner;
  }

  /** Returns the connections that wait for the end of a pause. */
  PausedClients paused() {
    return paused;
  }

  /** Returns how threads that aren't loops wait. */
  Waits waits() {
    return waits;
  }

  /** Returns the threads for reads that go through very many elements. */
  public ReadPool longReads() {
    return longReads;
  }

  /** Returns the threads that send large replies. */
  public ReplyStreams streams() {
    return streams;
  }

  /** Returns the threads that build large results. */
  public BuildThreads builds() {
    return builds;
  }

  /** Any thread: how many connections wait for a key, or for the end of a pause. */
  public int waitingClients() {
    return storage.waiting().count() + paused.count();
  }

  /** Read pool, or a thread for long reads: executes on the calling thread. */
  CommandRunner poolRunner() {
    return poolRunners.get();
  }

  /** Read pool: rehearses on the calling thread. */
  Rehearsal rehearsal() {
    return rehearsals.get();
  }

  NetworkLimits limits() {
    return limits;
  }

  /** Any thread: sets the limits from now on. */
  public void limits(NetworkLimits next) {
    limits = next;
  }

  RequestLimits requestLimits(boolean authenticated) {
    return limits.request().withAuthenticated(authenticated);
  }

  /** Storage thread: the batch goes back to its loop once this turn's group is committed. */
  void returnAtEndOfTurn(RequestBatch batch) {
    executed.add(batch);
  }

  /** Storage thread, at the end of its turn, after the commit. */
  public void endStorageTurn() {
    for (int i = 0; i < executed.size(); i++) {
      executed.get(i).returnToLoop();
    }
    executed.clear();
  }
}
