package dev.varve.server.bootstrap;

import dev.varve.server.command.dump.Snapshot;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.SnapshotWish;
import dev.varve.server.dispatch.Snapshots;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends snapshots, each by a thread of its own: it waits for its client most of the time. Its view
 * stays open as long, which costs disk space.
 */
final class SnapshotThreads implements Snapshots {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotThreads.class);

  /** At a time. */
  private static final int MOST = 4;

  private static final int MARK_BYTES = 20;

  private final StorageEngine engine;
  private final LongSupplier clock;
  private final Supplier<CommandContext> contexts;

  /** What no thread reads with now. */
  private final Queue<CommandContext> idle = new ConcurrentLinkedQueue<>();

  private final SecureRandom random = new SecureRandom();
  private final Semaphore free = new Semaphore(MOST);
  private final ExecutorService threads =
      Executors.newCachedThreadPool(task -> new Thread(task, "varve-snapshot"));

  /**
   * @param clock the monotone time in milliseconds
   * @param contexts makes what a thread reads keys with
   */
  SnapshotThreads(StorageEngine engine, LongSupplier clock, Supplier<CommandContext> contexts) {
    this.engine = engine;
    this.clock = clock;
    this.contexts = contexts;
  }

  @Override
  public boolean begin(Supplier<ClientStream> connection, SnapshotWish wish) {
    if (!free.tryAcquire()) {
      return false;
    }
    ClientStream stream = connection.get();
    if (stream == null) {
      free.release();
      return true;
    }
    ReadView view = engine.view();
    threads.execute(() -> send(view, stream, wish));
    return true;
  }

  private void send(ReadView view, ClientStream stream, SnapshotWish wish) {
    CommandContext given = idle.poll();
    CommandContext context = given == null ? contexts.get() : given;
    try (view) {
      byte[] mark = new byte[MARK_BYTES];
      random.nextBytes(mark);
      String text = HexFormat.of().formatHex(mark);
      write(stream, "$EOF:" + text + "\r\n");
      new Snapshot(context, view, clock.getAsLong(), stream::write).write(wish);
      write(stream, text);
      stream.end();
    } catch (ClientStream.EndedException _) {
      LOG.info("A client has gone that a snapshot was sent to");
    } catch (RuntimeException | Error e) {
      LOG.error("A snapshot could not be sent", e);
      stream.abort();
    } finally {
      idle.add(context);
      free.release();
    }
  }

  private static void write(ClientStream stream, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    stream.write(bytes, 0, bytes.length);
  }

  /** Waits for those that are being sent, whose connections have been closed. */
  void close() {
    threads.close();
  }
}
