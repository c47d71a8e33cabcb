package dev.varve.server.bootstrap;

import dev.varve.server.transfer.Address;
import dev.varve.server.transfer.Following;
import dev.varve.server.transfer.Link;
import dev.varve.server.transfer.SnapshotLoader;
import java.io.IOException;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;

/** Copies a running server, until a signal says that the copy is what counts from now on. */
final class ServerImport implements Following.Listener, AutoCloseable {
  private final Address source;
  private final boolean untilCaughtUp;
  private final boolean anew;
  private final TransferProgress progress;
  private final CountDownLatch done = new CountDownLatch(1);
  private volatile boolean ends;
  private volatile boolean succeeded;
  private SnapshotLoader.Result copied;
  private long applied;

  ServerImport(Address source, boolean untilCaughtUp, boolean anew, TransferProgress progress) {
    this.source = source;
    this.untilCaughtUp = untilCaughtUp;
    this.anew = anew;
    this.progress = progress;
    endOnSignal();
  }

  private void endOnSignal() {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  if (done.getCount() > 0) {
                    ends = true;
                    awaitEnd();
                    // Otherwise the JVM would say that a signal has killed it.
                    Runtime.getRuntime().halt((succeeded ? ExitCode.OK : ExitCode.FAILURE).code());
                  }
                },
                "varve-signal"));
  }

  private void awaitEnd() {
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void run(Link target) throws IOException, InterruptedException {
    applied = new Following(source, target, untilCaughtUp, InstantSource.system(), this).run(anew);
  }

  /** Says what was copied. */
  String summary() throws IOException {
    if (copied == null && applied == 0 && ends) {
      throw new IOException("ended before all was copied");
    }
    succeeded = true;
    long keys = copied == null ? 0 : copied.keys();
    return String.format(
        "%,d keys copied, then %,d commands applied, in %.1f s", keys, applied, progress.seconds());
  }

  @Override
  public boolean ends() {
    return ends;
  }

  @Override
  public void copied(long keys, long bytes) {
    progress.show(keys, bytes, 0);
  }

  @Override
  public void follows(SnapshotLoader.Result result) {
    copied = result;
    progress.clear();
    System.err.printf("%,d keys copied; following what is written meanwhile%n", result.keys());
  }

  @Override
  public void applied(long commands) {
    progress.showCommands(commands);
  }

  @Override
  public void lost(String reason) {
    progress.clear();
    System.err.println("varve import: " + reason + "; trying again");
  }

  /** Lets a signal's end come. */
  @Override
  public void close() {
    done.countDown();
  }
}
