package dev.varve.server.writer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.datatype.KeyEvent;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.WallTime;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.testing.SmallEngine;
import dev.varve.storage.ReadView;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.StorageException;
import dev.varve.storage.SyncPolicy;
import dev.varve.storage.engine.ThreadScheduler;
import io.netty.buffer.Unpooled;
import io.netty.channel.nio.NioIoHandler;
import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The writer over a real engine, whose syncs the test runs by hand. */
@Timeout(60)
class StorageThreadTest {
  private final ThreadScheduler scheduler = new ThreadScheduler();
  private final TurnLoop loop =
      new TurnLoop(null, task -> new Thread(task, "storage").start(), NioIoHandler.newFactory());
  private final BlockingQueue<Runnable> syncs = new LinkedBlockingQueue<>();
  private StorageEngine engine;
  private StorageThread storage;
  private StorageCalls calls;
  private volatile boolean syncsFail;

  private void open(Path directory, SyncPolicy policy) {
    engine = failingOnDemand(SmallEngine.open(directory, scheduler));
    Databases databases;
    WallTime wallTime;
    try (ReadView view = engine.view()) {
      databases = Databases.load(view, 16, engine::visibleSequence);
      wallTime = WallTime.load(view, InstantSource.system(), () -> 1);
    }
    CommandContext context = new CommandContext(null, new Keyspace(databases, wallTime));
    storage =
        new StorageThread(
            loop,
            engine,
            syncs::add,
            () -> 1,
            System::nanoTime,
            context,
            policy,
            databases,
            Runnable::run,
            new KeptMemory(Long.MAX_VALUE),
            Long.MAX_VALUE);
    calls = new StorageCalls(storage, databases, null, null, () -> 1, (_, _) -> {}, Waits.SLEEPING);
    storage.addListener(calls);
    loop.endOfTurn(storage::endTurn);
    storage.start();
  }

  private StorageEngine failingOnDemand(StorageEngine real) {
    return (StorageEngine)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {StorageEngine.class},
            (proxy, method, arguments) -> {
              if (syncsFail && method.getName().equals("sync")) {
                throw new StorageException.Io("syncing", new IOException("broken"));
              }
              try {
                return method.invoke(real, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  @AfterEach
  void close() {
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    engine.close();
    scheduler.close();
  }

  /** Begins a call that puts a key; returns the visible sequence number after its answer. */
  private CompletableFuture<Long> put(String key) {
    return put(key, 0);
  }

  /** As {@link #put(String)}, and says so often what it has done. */
  private CompletableFuture<Long> put(String key, int events) {
    return CompletableFuture.supplyAsync(
        () -> {
          calls.call(
              context -> {
                Keyspace keyspace = context.keyspace();
                byte[] bytes = key.getBytes(US_ASCII);
                keyspace.select(Unpooled.wrappedBuffer(bytes), 0, bytes.length);
                keyspace.find();
                keyspace.put(KeyLayout.NO_DEADLINE, bytes, 0, bytes.length);
                for (int i = 0; i < events; i++) {
                  keyspace.happened(KeyEvent.SET);
                }
                return null;
              });
          return engine.visibleSequence();
        });
  }

  private Runnable nextSync() throws InterruptedException {
    Runnable sync = syncs.poll(30, TimeUnit.SECONDS);
    assertNotNull(sync, "nobody asks for a sync");
    return sync;
  }

  private static void assertFailed(CompletableFuture<?> call) {
    Throwable thrown = assertThrows(ExecutionException.class, call::get).getCause();
    assertInstanceOf(StorageException.Poisoned.class, thrown);
  }

  @Test
  void aCallIsAnsweredOnceWhatItWroteIsPublished(@TempDir Path directory) throws Exception {
    open(directory, SyncPolicy.ALWAYS);
    long before = engine.visibleSequence();
    CompletableFuture<Long> call = put("key");
    Runnable sync = nextSync();
    assertEquals(before, engine.visibleSequence());
    assertFalse(call.isDone());
    sync.run();
    assertTrue(call.get() > before);
  }

  /** Had it been answered at once, as it must not be, it couldn't fail any more. */
  @Test
  void aCallIsNotAnsweredIfWhatItWroteWillNeverBePublished(@TempDir Path directory)
      throws Exception {
    open(directory, SyncPolicy.ALWAYS);
    CompletableFuture<Long> call = put("key");
    Runnable sync = nextSync();
    syncsFail = true;
    sync.run();
    assertFailed(call);
  }

  /** It was MISCONF Errors writing to the AOF file: MISCONF Errors writing to the AOF file. */
  @Test
  void whoWaitsInVainIsToldTheErrorsCodeOnce(@TempDir Path directory) throws Exception {
    open(directory, SyncPolicy.ALWAYS);
    CompletableFuture<Long> call = put("key");
    Runnable sync = nextSync();
    syncsFail = true;
    sync.run();
    Throwable thrown = assertThrows(ExecutionException.class, call::get).getCause();
    assertEquals(storage.failure(), CommandFailures.line(null, (StorageException) thrown));
    StorageException durable =
        assertThrows(StorageException.class, () -> calls.awaitDurable(Long.MAX_VALUE, 0));
    assertEquals(storage.failure(), CommandFailures.line(null, durable));
  }

  @Test
  void aCallThatWritesNothingWaitsForWhatItCouldSee(@TempDir Path directory) throws Exception {
    open(directory, SyncPolicy.ALWAYS);
    CompletableFuture<Long> written = put("key");
    Runnable sync = nextSync();
    CountDownLatch looks = new CountDownLatch(1);
    CompletableFuture<Boolean> seen =
        CompletableFuture.supplyAsync(
            () ->
                calls.call(
                    context -> {
                      looks.countDown();
                      Keyspace keyspace = context.keyspace();
                      keyspace.select(Unpooled.wrappedBuffer("key".getBytes(US_ASCII)), 0, 3);
                      return keyspace.find();
                    }));
    looks.await();
    syncsFail = true;
    sync.run();
    assertFailed(seen);
    assertFailed(written);
  }

  @Test
  void everySecondWhatIsWrittenIsSynced(@TempDir Path directory) throws Exception {
    open(directory, SyncPolicy.EVERYSEC);
    for (int i = 0; i < 2; i++) {
      long visible = put("key" + i).get();
      assertTrue(engine.durableSequence() < visible, "synced before its time");
      nextSync().run();
      assertEquals(visible, engine.durableSequence());
    }
    assertTrue(syncs.isEmpty());
  }

  /** What waits to be told takes bounded memory: what would add to it waits, too. */
  @Test
  void nothingIsExecutedWhileTooMuchWaitsToBeTold(@TempDir Path directory) throws Exception {
    open(directory, SyncPolicy.ALWAYS);
    int events = 500_000;
    AtomicInteger told = new AtomicInteger();
    loop.submit(
            () ->
                storage
                    .effects()
                    .add(
                        (event, database, keys, offset, length) -> told.incrementAndGet(),
                        EffectConsumers.Stage.WHEN_VISIBLE,
                        Set.of(EventClass.STRING)))
        .sync();
    CompletableFuture<Long> first = put("key", events);
    Runnable sync = nextSync();
    long appended = engine.appendedSequence();
    CompletableFuture<Long> second = put("other", 1);
    while (storage.statistics().parkedWrites() == 0) {
      Thread.onSpinWait();
    }
    assertEquals(appended, engine.appendedSequence());
    assertEquals(0, told.get());
    sync.run();
    assertTrue(first.get() >= appended);
    nextSync().run();
    assertTrue(second.get() > appended);
    // Who waits for a write may hear of it before those who are told.
    while (told.get() <= events) {
      Thread.onSpinWait();
    }
    assertEquals(events + 1, told.get());
    assertEquals(0, loop.submit(() -> storage.effects().waitingBytes()).get());
  }
}
