package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.StorageEngine;
import java.lang.reflect.Proxy;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class SyncerTest {

  /** It ended the sync thread with an exception when a server was stopped under load. */
  @Test
  void aSyncMayEndBehindTheStorageThread() {
    AtomicBoolean synced = new AtomicBoolean();
    StorageEngine engine =
        (StorageEngine)
            Proxy.newProxyInstance(
                SyncerTest.class.getClassLoader(),
                new Class<?>[] {StorageEngine.class},
                (proxy, method, arguments) -> {
                  synced.set(method.getName().equals("sync"));
                  return null;
                });
    Syncer syncer =
        new Syncer(
            engine,
            Runnable::run,
            task -> {
              throw new RejectedExecutionException("the storage thread has ended");
            },
            System::nanoTime,
            new SyncStatistics());
    syncer.begin();
    assertTrue(synced.get());
  }
}
