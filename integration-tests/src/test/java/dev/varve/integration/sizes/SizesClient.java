package dev.varve.integration.sizes;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;

/** One connection of {@link SizesAtScale}: pipelines of random commands, one after another. */
final class SizesClient {
  /** Bytes from which on a request or what it asks for is large for this test's own memory. */
  private static final int LARGE = 4 << 20;

  private static final Semaphore LARGE_ONES = new Semaphore(12);

  private final ServerProcess server;
  private final SplittableRandom random;
  private final SizesRequests requests;
  private long executed;
  private long refused;
  private long closed;

  SizesClient(ServerProcess server, SplittableRandom random, long longest) {
    this.server = server;
    this.random = random;
    this.requests = new SizesRequests(random, longest);
  }

  long executed() {
    return executed;
  }

  long refused() {
    return refused;
  }

  long closed() {
    return closed;
  }

  void run(long endNanos) throws InterruptedException {
    while (System.nanoTime() < endNanos) {
      try (RawClient client = server.connect()) {
        while (System.nanoTime() < endNanos) {
          runPipeline(client);
        }
      } catch (SocketTimeoutException e) {
        throw new AssertionError("a command got no answer, and its connection no end", e);
      } catch (IOException | UncheckedIOException e) {
        // The server may cut a connection that wants too much; whether it lives is asked at the
        // end.
        closed++;
        if (!server.isAlive()) {
          throw new AssertionError("the server has ended", e);
        }
      }
    }
  }

  private void runPipeline(RawClient client) throws IOException, InterruptedException {
    int count = random.nextInt(4) == 0 ? random.nextInt(1, 12) : 1;
    List<byte[]> pipeline = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < count && bytes < LARGE; i++) {
      pipeline.add(requests.next());
      bytes += pipeline.getLast().length;
    }
    boolean large = bytes >= LARGE;
    if (large) {
      LARGE_ONES.acquire();
    }
    try {
      for (byte[] request : pipeline) {
        client.write(request);
      }
      client.flush();
      for (int i = 0; i < pipeline.size(); i++) {
        check(client.skip());
      }
    } finally {
      if (large) {
        LARGE_ONES.release();
      }
    }
  }

  private void check(RawClient.ErrorReply error) {
    executed++;
    if (error != null) {
      if (error.text().startsWith("OOM ")) {
        refused++;
      } else if (!error.text().matches("(ERR|WRONGTYPE|EXECABORT) .*")
          || error.text().contains("internal")) {
        throw new AssertionError("an error of no command: " + error.text());
      }
    }
  }
}
