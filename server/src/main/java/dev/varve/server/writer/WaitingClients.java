package dev.varve.server.writer;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.WaitedKeys;
import dev.varve.server.dispatch.Blocked;
import dev.varve.server.dispatch.Session;
import dev.varve.server.writer.StorageThread.Outcome;
import dev.varve.storage.WriteBatch;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Connections whose command waits for one of its keys to be given a value. Whatever puts a key is
 * seen, as each batch that is appended is looked through while anybody waits. Who waits for such a
 * key runs again as soon as the command, transaction or step that put it has ended, before anything
 * else is executed: in the order of their coming, key by key in the order in which the keys were
 * put, and only with that key in hand ({@link
 * dev.varve.server.dispatch.CommandContext#readyArgument}).
 *
 * <p>One that finds its data cold borrows the writer's role at once, so that nobody takes what is
 * its. While that is so, or the engine has no room for what it does, nobody else is executed.
 *
 * <p>The storage thread's, but for those methods that say otherwise.
 */
public final class WaitingClients {
  /** The longest time that a timer is set for. */
  private static final long LONGEST_MILLIS = TimeUnit.DAYS.toMillis(36_500);

  /** A connection with a command that waits. */
  public interface Client {
    /** Its session. */
    Session session();

    /**
     * Runs the command again. If the outcome is {@link Outcome#DONE}, it has been replied to, and
     * the client has said so by {@link #remove}. If it is {@link Outcome#BLOCKED}, it waits on, and
     * if it is {@link Outcome#NEEDS_ROLE}, it has borrowed the writer's role.
     *
     * @param argument which of its arguments is the key that was put
     */
    Outcome runAgain(int argument);

    /** Answers the command, which is at its end. */
    void answer(Consumer<ReplySink> reply);
  }

  /** One that waits. */
  public final class Waiter extends WaitedKeys.Waiter {
    private final Client client;
    private final Blocked what;
    private Future<?> timer;

    /** Whether it has the writer's role. */
    private boolean borrows;

    /** Whether its time came, or its client went, while it had the role. */
    private boolean isOver;

    private Waiter(Client client, Blocked what) {
      super(what.takes(), what.family(), what.ifGone());
      this.client = client;
      this.what = what;
    }

    private void timeIsUp() {
      if (borrows) {
        isOver = true;
      } else if (remove(this)) {
        client.answer(what.timedOut());
      }
    }
  }

  private final TurnLoop loop;
  private final WaitedKeys keys;

  /** By the number of the connection; read by any thread. */
  private final Map<Long, Waiter> byClient = new ConcurrentHashMap<>();

  private boolean serving;

  /** Whose command is being run again. */
  private Waiter running;

  WaitingClients(TurnLoop loop, WaitedKeys keys) {
    this.loop = loop;
    this.keys = keys;
  }

  /** Any thread: how many there are. */
  public int count() {
    return byClient.size();
  }

  /** Any thread: how many of them wait for a limited time. */
  public long countWithTimeout() {
    return byClient.values().stream().filter(waiter -> waiter.what.timeoutMillis() > 0).count();
  }

  /** Any thread: whether a connection waits. */
  public boolean has(long client) {
    return byClient.containsKey(client);
  }

  /** Any thread: what a connection's command waits for. */
  Blocked whatWaits(Session session) {
    return byClient.get(session.id()).what;
  }

  /** Returns keys that are waited for, or left behind; for tests. */
  int keyCount() {
    return keys.size();
  }

  boolean isEmpty() {
    return byClient.isEmpty();
  }

  /** Has a client wait, after all that wait already. */
  public Waiter add(Client client, Blocked what) {
    Waiter waiter = new Waiter(client, what);
    Session session = client.session();
    for (Blocked.Key key : what.keys()) {
      keys.add(waiter, session.database(), key.bytes(), key.argument());
    }
    byClient.put(session.id(), waiter);
    session.waits(true);
    if (what.timeoutMillis() > 0) {
      long millis = Math.min(what.timeoutMillis(), LONGEST_MILLIS);
      waiter.timer = loop.schedule(waiter::timeIsUp, millis, TimeUnit.MILLISECONDS);
    }
    return waiter;
  }

  /** Has one wait no more; false: it didn't. */
  public boolean remove(Waiter waiter) {
    Session session = waiter.client.session();
    if (!byClient.remove(session.id(), waiter)) {
      return false;
    }
    session.waits(false);
    keys.remove(waiter);
    if (waiter.timer != null) {
      waiter.timer.cancel(false);
    }
    return true;
  }

  /** The client has gone; false: its command is at work, or at its end. */
  public boolean leave(Waiter waiter) {
    if (waiter.borrows) {
      waiter.isOver = true;
      return false;
    }
    return remove(waiter);
  }

  /** Ends the waiting of a connection's command. */
  void unblock(long client, boolean withError) {
    Waiter waiter = byClient.get(client);
    if (waiter == null || !remove(waiter)) {
      return;
    }
    waiter.client.answer(
        withError
            ? reply -> reply.error("UNBLOCKED client unblocked via CLIENT UNBLOCK")
            : waiter.what.timedOut());
  }

  /** No more writes are taken: all are answered with an error. */
  void fail(String error) {
    for (Waiter waiter : byClient.values()) {
      if (!waiter.borrows && !waiter.equals(running) && remove(waiter)) {
        waiter.client.answer(reply -> reply.error(error));
      }
    }
  }

  /** A batch has been appended. */
  void appended(WriteBatch batch) {
    keys.appended(batch);
  }

  /** Whether somebody is to be served before anything else is executed, and isn't being. */
  boolean isHeldUp() {
    return !serving && keys.hasReady();
  }

  /**
   * Runs again who waits for keys that have been put. Stops if the writer's role is borrowed, or
   * the engine has no room.
   *
   * @return false if there is no room: it is to be called again when there may be
   */
  boolean serve() {
    if (serving) {
      return true;
    }
    serving = true;
    try {
      while (keys.hasReady()) {
        Waiter first = (Waiter) keys.nextToAsk();
        if (first == null) {
          return true;
        }
        running = first;
        Outcome outcome = first.client.runAgain(keys.readyArgument());
        switch (outcome) {
          case DONE -> {}
          case BLOCKED -> keys.foundNothing();
          case NEEDS_ROLE -> {
            first.borrows = true;
            return true;
          }
          default -> {
            return false;
          }
        }
      }
      return true;
    } finally {
      running = null;
      serving = false;
    }
  }

  /**
   * One that has borrowed the writer's role has found nothing, and waits on.
   *
   * @return false if its client has gone, or its time has come, meanwhile: it is at its end
   */
  public boolean waitsOn(Waiter waiter) {
    waiter.borrows = false;
    keys.foundNothing();
    if (!waiter.isOver) {
      return true;
    }
    if (remove(waiter)) {
      waiter.client.answer(waiter.what.timedOut());
    }
    return false;
  }
}
