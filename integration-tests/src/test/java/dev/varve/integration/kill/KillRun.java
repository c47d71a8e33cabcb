package dev.varve.integration.kill;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.integration.Keys;
import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One database whose server is killed again and again. A cycle: start, check everything that was
 * acknowledged before, write by all connections, {@code kill -9}.
 */
final class KillRun {

  /** Writers that share database 0. */
  private static final int SHARING = 20;

  /** Writers with a database of their own, which they clear now and then. */
  private static final int OWNING = 4;

  private static final int OBSERVERS = 2;

  /** Connections that the server has while it is killed, with the one that asks for INFO. */
  static final int CONNECTIONS = SHARING + OWNING + OBSERVERS + 1;

  private static final int LEAST_ANSWERS = 200;
  private static final int MOST_ANSWERS = 6_000;

  /** Questions for INFO after which a kill no longer waits for a flush or compaction. */
  private static final int MOST_QUESTIONS = 2_000;

  /** After so many of 100 kills, the starts that follow are killed as well. */
  private static final int PERCENT_WITH_STARTS = 20;

  private static final int MOST_STARTS = 4;
  private static final String TABLE_MAGIC = "VarveSST";

  private final Path directory;
  private final SplittableRandom random;
  private final KillCounts counts;
  private final List<Writer> writers = new ArrayList<>();

  /** How long the last start took: a kill during the next one falls into that time. */
  private Duration startTime = Duration.ofSeconds(1);

  KillRun(Path directory, SplittableRandom random, KillCounts counts) {
    this.directory = directory;
    this.random = random;
    this.counts = counts;
    for (int i = 0; i < SHARING + OWNING; i++) {
      boolean owns = i >= SHARING;
      writers.add(new Writer(i, owns ? 1 + i - SHARING : 0, owns, random.split()));
    }
  }

  /** The same history, said to be that of another directory. */
  KillRun(Path directory, KillRun other) {
    this.directory = directory;
    random = other.random;
    counts = other.counts;
    writers.addAll(other.writers);
  }

  /** One cycle, the check of what the one before left included. */
  void cycle() throws Exception {
    KillMoment moment = pickMoment();
    int starts = random.nextInt(100) < PERCENT_WITH_STARTS ? random.nextInt(1, MOST_STARTS) : 0;
    ServerProcess.Builder next = server();
    long begin = System.nanoTime();
    try (ServerProcess server = next.start()) {
      startTime = Duration.ofNanos(System.nanoTime() - begin);
      try {
        verify(server);
        boolean hit = new Load(server).runUntil(moment);
        counts.add(hit ? moment.counter() : KillMoment.LOAD.counter(), 1);
      } catch (Exception | AssertionError e) {
        throw new AssertionError("the server printed:\n" + server.log(), e);
      }
      assertFalse(server.log().contains("\tat "), server::log);
    }
    counts.add(KillCounts.CYCLES, 1);
    counts.add(KillCounts.UNFINISHED_TABLE, hasUnfinishedTable() ? 1 : 0);
    for (int left = starts; left > 0; left--) {
      killStart();
    }
  }

  /** Checks what the last kill has left, and that a database closed in order is the same. */
  void end() throws IOException {
    for (int i = 0; i < 2; i++) {
      try (ServerProcess server = server().start()) {
        verify(server);
        assertEquals(0, server.terminate().code());
      }
    }
  }

  private KillMoment pickMoment() {
    int dice = random.nextInt(100);
    if (dice < 25) {
      return KillMoment.LOAD;
    }
    if (dice < 50) {
      return KillMoment.FLUSH;
    }
    if (dice < 80) {
      return KillMoment.COMPACTION;
    }
    return dice < 90 ? KillMoment.CHECKPOINT : KillMoment.STOP;
  }

  /** Under every policy the bytes are in the file before the reply, so none may lose any. */
  private ServerProcess.Builder server() {
    return ServerProcess.in(directory)
        .with("--appendfsync", pick("always", "always", "everysec", "no"))
        .with("--memtable-bytes", pick("64kb", "256kb", "1mb"))
        .with("--compression", pick("none", "lz4", "zstd"))
        .with("--bottom-compression", pick("lz4", "zstd"))
        .with("--maxmemory", "256mb");
  }

  private String pick(String... words) {
    return words[random.nextInt(words.length)];
  }

  private void verify(ServerProcess server) throws IOException {
    try (RawClient client = server.connect()) {
      for (int database = 0; database <= OWNING; database++) {
        int each = database;
        verifyCounts(client, database);
        for (Writer writer : writers.stream().filter(w -> w.database() == each).toList()) {
          counts.add(KillCounts.VERIFIED, writer.verify(client));
        }
      }
    }
  }

  /** DBSIZE and SCAN agree; keys expire meanwhile, but none appears. */
  private void verifyCounts(RawClient client, int database) throws IOException {
    Command.expect("OK", client.call("SELECT", Integer.toString(database)));
    Set<String> scanned = Keys.scanCounted(client);
    Set<String> strangers = new HashSet<>(scanned);
    strangers.removeIf(key -> writers.stream().anyMatch(writer -> writer.hasKey(database, key)));
    assertEquals(Set.of(), strangers);
  }

  /** Whether a table has no end: {@code kill -9} came while it was written. */
  private boolean hasUnfinishedTable() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".sst")).toList()) {
        byte[] bytes = Files.readAllBytes(file);
        int magic = Math.max(0, bytes.length - TABLE_MAGIC.length());
        String end = new String(bytes, magic, bytes.length - magic, StandardCharsets.ISO_8859_1);
        if (!end.equals(TABLE_MAGIC)) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Starts the server and kills it at some time up to when it is ready: every other time as soon as
   * recovery has changed the directory, or a little later.
   */
  private void killStart() throws IOException {
    Set<String> files = names();
    long latest = System.nanoTime() + startTime.toNanos();
    long nanos = random.nextLong(startTime.toNanos());
    boolean atChange = random.nextBoolean();
    try (ServerProcess server = server().launch()) {
      if (atChange) {
        while (server.isAlive() && System.nanoTime() < latest && names().equals(files)) {
          Thread.onSpinWait();
        }
        nanos /= 20;
      }
      server.run(Duration.ofNanos(nanos));
      assertTrue(server.isAlive(), server::log);
    }
    counts.add(atChange ? KillCounts.IN_RECOVERY : KillCounts.IN_START, 1);
  }

  private Set<String> names() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).collect(Collectors.toSet());
    }
  }

  /** All connections writing and reading, up to the kill. */
  private final class Load {
    private final ServerProcess server;
    private final LongAdder answers = new LongAdder();
    private final AtomicBoolean killed = new AtomicBoolean();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    Load(ServerProcess server) {
      this.server = server;
    }

    /** Returns whether the kill came when it was to come. */
    boolean runUntil(KillMoment moment) throws Exception {
      for (Writer writer : writers) {
        start(() -> writer.write(server.port(), answers));
      }
      for (int i = 0; i < OBSERVERS; i++) {
        SplittableRandom own = random.split();
        start(() -> observe(own));
      }
      boolean hit;
      try (RawClient control = server.connect()) {
        awaitAnswers(random.nextInt(LEAST_ANSWERS, MOST_ANSWERS));
        hit =
            switch (moment) {
              case LOAD -> true;
              case FLUSH -> await(control, "flush_in_progress:1");
              case COMPACTION -> await(control, "compaction_in_progress:1");
              case CHECKPOINT -> checkpoint(control);
              case STOP -> stop();
            };
        killed.set(true);
        server.kill();
      }
      for (Thread thread : threads) {
        thread.join();
      }
      if (failure.get() != null) {
        throw new AssertionError("while the server ran", failure.get());
      }
      counts.add(KillCounts.ACKNOWLEDGED, answers.sum());
      return hit;
    }

    private interface Work {
      void run() throws IOException;
    }

    private void start(Work work) {
      threads.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      work.run();
                    } catch (IOException | UncheckedIOException e) {
                      if (!killed.get()) {
                        failure.compareAndSet(null, e);
                      }
                    } catch (RuntimeException | AssertionError e) {
                      failure.compareAndSet(null, e);
                    }
                  }));
    }

    private void observe(SplittableRandom own) throws IOException {
      try (RawClient client = server.connect()) {
        while (true) {
          Writer.observe(writers.get(own.nextInt(SHARING)), client, own);
        }
      }
    }

    private void awaitAnswers(int enough) {
      while (answers.sum() < enough && failure.get() == null) {
        server.run(Duration.ofMillis(1));
        assertTrue(server.isAlive(), server::log);
      }
    }

    private boolean await(RawClient control, String line) throws IOException {
      for (int i = 0; i < MOST_QUESTIONS && failure.get() == null; i++) {
        byte[] info = (byte[]) control.call("INFO", "storage");
        if (new String(info, StandardCharsets.US_ASCII).contains(line)) {
          return true;
        }
      }
      return false;
    }

    private boolean checkpoint(RawClient control) throws IOException {
      Command.expect("Background saving started", control.call("BGSAVE"));
      server.run(Duration.ofNanos(random.nextLong(40_000_000)));
      return true;
    }

    private boolean stop() {
      killed.set(true);
      server.requestEnd();
      server.run(Duration.ofNanos(random.nextLong(100_000_000)));
      return true;
    }
  }
}
