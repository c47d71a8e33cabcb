package dev.varve.server.network;

import dev.varve.server.datatype.KeyWarmer;
import dev.varve.server.datatype.warming.ElementWarmer;
import dev.varve.server.dispatch.Session;
import dev.varve.server.metrics.LoopStatistics;
import dev.varve.server.writer.CommitListener;
import dev.varve.server.writer.TurnLoop;
import dev.varve.storage.ReadView;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One event loop and the connections that live on it. Replies gathered in a turn are sent at its
 * end, each connection's at once; those that wait for their group to be published are sent when it
 * is. Owned by the loop's thread, but for {@link CommitListener}'s methods.
 */
public final class ConnectionLoop implements CommitListener {
  private static final long TICK_MILLIS = 1000;

  /** Connections whose requests are executed together: enough to hide a wait for memory. */
  private static final int MOST_GATHERED = 32;

  private final TurnLoop eventLoop;
  private final ServerContext server;
  private final Clients clients;
  private final boolean onStorageThread;
  private final CommandRunner runner;
  private final RequestWindow window;
  private final KeyWarmer warmer = new KeyWarmer();
  private final ElementWarmer elementWarmer;

  /** Connections whose input is kept back, so that the keys of all are warmed together. */
  private final Connection[] gathered = new Connection[MOST_GATHERED];

  private int gatheredCount;
  private final RequestWindow[] gatheredWindows = new RequestWindow[MOST_GATHERED];
  private final LoopStatistics statistics = new LoopStatistics();
  private final Set<Connection> connections = new LinkedHashSet<>();
  private final List<RequestBatch> unused = new ArrayList<>();

  /** Connections with replies of this turn. */
  private List<Connection> dirty = new ArrayList<>();

  private List<Connection> flushing = new ArrayList<>();

  /** Connections with replies that wait to be published: each once for every part, in order. */
  private final ArrayDeque<Connection> holding = new ArrayDeque<>();

  /** Whether {@link #holding} may have something; read by the storage thread. */
  private volatile boolean mayHold;

  /** What reads see; null: to be opened. */
  private ReadView view;

  /**
   * Takes charge of an event loop.
   *
   * @param onStorageThread whether it is the storage thread's
   */
  ConnectionLoop(
      TurnLoop eventLoop, ServerContext server, Clients clients, boolean onStorageThread) {
    this.eventLoop = eventLoop;
    this.server = server;
    this.clients = clients;
    this.onStorageThread = onStorageThread;
    this.runner = server.newRunner();
    this.elementWarmer = new ElementWarmer(server.databases());
    this.window = new RequestWindow(server.commands());
    for (int i = 0; i < MOST_GATHERED; i++) {
      gatheredWindows[i] = new RequestWindow(server.commands());
    }
  }

  @SuppressWarnings("FutureReturnValueIgnored") // the task reports its failures itself
  void start() {
    eventLoop.scheduleWithFixedDelay(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  TurnLoop eventLoop() {
    return eventLoop;
  }

  ServerContext server() {
    return server;
  }

  boolean onStorageThread() {
    return onStorageThread;
  }

  CommandRunner runner() {
    return runner;
  }

  /** Returns the window of a connection that is dealt with alone. */
  RequestWindow window() {
    return window;
  }

  /** Keeps back a connection's input until there are more, or nothing else has arrived. */
  void gather(Connection connection) {
    gathered[gatheredCount++] = connection;
    if (gatheredCount == MOST_GATHERED) {
      processGathered();
    }
  }

  private void processGathered() {
    int count = gatheredCount;
    gatheredCount = 0;
    for (int i = 0; i < count; i++) {
      gathered[i].decodeGathered(gatheredWindows[i]);
    }
    if (count >= RequestWindow.LEAST_WARMED) {
      for (int i = 0; i < count; i++) {
        addKeys(gatheredWindows[i], gathered[i].session());
      }
      warm();
    }
    for (int i = 0; i < count; i++) {
      warmElements(gatheredWindows[i], gathered[i].session());
      gathered[i].processGathered();
      gathered[i] = null;
    }
  }

  /** Adds the keys of a connection's requests to those that {@link #warm} deals with. */
  void addKeys(RequestWindow requests, Session session) {
    if (requests.hasNext()) {
      int id = server.databases().newestId(session.database());
      requests.addKeys(warmer, id);
    }
  }

  /** Has the memory fetched that lookups of the added keys will read. */
  void warm() {
    warmer.warm(warmed());
    endWarming();
  }

  private ReadView warmed() {
    return onStorageThread ? server.engine().latest() : view();
  }

  private void endWarming() {
    if (!onStorageThread) {
      // What is read next may have to see more than this view does.
      closeView();
    }
  }

  /**
   * Has the memory fetched that lookups of single elements will read, once their keys' memory has
   * been. It is more than a key takes, so that it is for one connection at a time.
   */
  void warmElements(RequestWindow requests, Session session) {
    if (requests.isWorthWarming()
        && requests.asksForElements()
        && !mayChangeMeanwhile()
        && elementWarmer.isWorthwhile()) {
      elementWarmer.begin(warmed());
      requests.addElements(elementWarmer, server.databases().newestId(session.database()));
      elementWarmer.warm();
      endWarming();
    }
  }

  /**
   * Whether another thread may append: what a lookup in what is latest has found is valid until
   * then, and here a value's head is read.
   */
  private boolean mayChangeMeanwhile() {
    return onStorageThread && server.storage().role().isLent();
  }

  /** Returns what the loop counts; any thread may read it. */
  public LoopStatistics statistics() {
    return statistics;
  }

  void add(Connection connection) {
    connections.add(connection);
  }

  void remove(Connection connection) {
    connections.remove(connection);
  }

  // Reads

  /**
   * Returns what reads see. On the storage thread, nothing is published while a turn lasts, so that
   * one view serves it; elsewhere it serves one piece of input, and was opened after that had come.
   */
  ReadView view() {
    if (view != null && view.isOutrun()) {
      // A reply has told of more than it shows.
      closeView();
    }
    if (view == null) {
      view = server.engine().view();
    }
    return view;
  }

  /** Returns a view that shows all that is visible when this is called. */
  ReadView newestView() {
    if (view != null && view.sequence() < server.engine().visibleSequence()) {
      closeView();
    }
    return view();
  }

  /** A piece of input has been dealt with. */
  void endInput() {
    if (!onStorageThread) {
      closeView();
    }
  }

  private void closeView() {
    if (view != null) {
      view.close();
      view = null;
    }
  }

  // Batches of requests for other threads

  RequestBatch newBatch(Connection connection) {
    RequestBatch batch = unused.isEmpty() ? new RequestBatch(server) : unused.removeLast();
    batch.begin(connection);
    return batch;
  }

  void recycle(RequestBatch batch) {
    if (unused.size() < 64) {
      unused.add(batch);
    }
  }

  // Replies

  /** The connection has something to send at the end of this turn. */
  void atEndOfTurn(Connection connection) {
    dirty.add(connection);
  }

  /** The connection holds one more part that waits to be published. */
  void hold(Connection connection) {
    holding.add(connection);
    mayHold = true;
  }

  /** When nothing more has arrived: deals with what was kept back for company. */
  void endOfInput() {
    if (gatheredCount > 0) {
      processGathered();
    }
  }

  /** At the end of a turn; on the storage thread after the commit of its group. */
  void endTurn() {
    closeView();
    if (!dirty.isEmpty()) {
      List<Connection> now = dirty;
      dirty = flushing;
      flushing = now;
      for (int i = 0; i < now.size(); i++) {
        now.get(i).endTurn();
      }
      now.clear();
    }
    if (mayHold) {
      release();
    }
  }

  @Override
  public void published(long sequence) {
    if (onStorageThread) {
      closeView();
    } else if (mayHold) {
      // Its turn's end releases. A loop that begins to hold looks itself once more after that.
      eventLoop.execute(() -> {});
    }
  }

  @Override
  public void failed(String reason) {
    eventLoop.execute(() -> failHeld(reason));
  }

  private void failHeld(String reason) {
    while (!holding.isEmpty()) {
      holding.poll().failHeld(reason);
    }
    mayHold = false;
  }

  private void release() {
    long visible = server.engine().visibleSequence();
    while (!holding.isEmpty() && holding.peek().heldSequence() <= visible) {
      holding.poll().release();
    }
    mayHold = !holding.isEmpty();
  }

  /** Each second: looks after idle and slow clients. */
  private void tick() {
    long now = System.nanoTime();
    long mostInput = 0;
    long mostOutput = 0;
    for (Connection connection : List.copyOf(connections)) {
      connection.tick(now);
      mostInput = Math.max(mostInput, connection.session().waitingBytes());
      mostOutput = Math.max(mostOutput, connection.unsentBytes());
    }
    clients.evictOnTick();
    statistics.inputBuffer.add(mostInput);
    statistics.outputBuffer.add(mostOutput);
  }
}
