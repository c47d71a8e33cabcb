package dev.varve.server.transfer;

import dev.varve.server.rdb.SnapshotInput;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Copies a server to another one while it goes on: all that it has, as a replica gets it, then what
 * is written there, until it is told to end. What was applied is known beside it, so that it goes
 * on where it was broken off, as long as the source has what came after that. Not thread-safe.
 */
public final class Following {
  private static final int MARK_BYTES = 40;
  private static final String MARK = "$EOF:";
  private static final int MOST_TRIES = 60;
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long QUARTER_NANOS = SECOND_NANOS / 4;

  private final Address source;
  private final Link target;
  private final boolean untilCaughtUp;
  private final InstantSource clock;
  private final Listener listener;
  private final String key;

  /** Null while all is copied. */
  private CommandApplier applier;

  private Link link;

  /** Whether the source has begun to send its snapshot. */
  private boolean loads;

  private long told = System.nanoTime();
  private long asked = told;

  /** Is told what happens, and says when to end. */
  public interface Listener {
    /** Returns whether to end as soon as all that has come is applied. */
    boolean ends();

    /** So many keys were copied, of so many bytes. */
    void copied(long keys, long bytes);

    /** All was copied that there was; what is written there follows. */
    void follows(SnapshotLoader.Result result);

    /** So many commands were applied. */
    void applied(long commands);

    /** The source is lost, and tried again. */
    void lost(String reason);
  }

  /** Ends the reading of the source. */
  private static final class EndException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    EndException() {
      super(null, null, false, false);
    }
  }

  /**
   * Makes one.
   *
   * @param untilCaughtUp whether to end as soon as all is applied that the source has
   * @param clock tells which keys have expired
   */
  public Following(
      Address source, Link target, boolean untilCaughtUp, InstantSource clock, Listener listener) {
    this.source = source;
    this.target = target;
    this.untilCaughtUp = untilCaughtUp;
    this.clock = clock;
    this.listener = listener;
    this.key = "varve:import:" + source;
  }

  /**
   * Runs until it ends as it was told to.
   *
   * @param anew whether all is copied again, though it could go on
   * @return how many commands were applied
   * @throws SourceLostException if the source is lost and doesn't come back; it can be gone on
   * @throws IOException if the source can't go on where it was broken off, or the target fails
   */
  public long run(boolean anew) throws IOException, InterruptedException {
    SourcePosition before = anew ? null : SourcePosition.read(target, key);
    if (before != null) {
      applier = new CommandApplier(target, key, before);
    }
    int tries = 0;
    while (true) {
      long applied = applier == null ? 0 : applier.applied();
      try {
        follow();
      } catch (EndException _) {
        return end();
      } catch (UncheckedIOException e) {
        throw e.getCause();
      } catch (SourceLostException e) {
        boolean useful = applier != null && applier.applied() > applied;
        tries = useful ? 0 : tries + 1;
        if (applier == null || tries >= MOST_TRIES || listener.ends()) {
          throw e;
        }
        listener.lost(e.getMessage());
        TimeUnit.SECONDS.sleep(1);
      } finally {
        close();
      }
      // What the source had begun and not ended is read again.
      applier.finish();
      applier.rewind();
    }
  }

  private void close() throws IOException {
    if (link != null) {
      link.close();
      link = null;
    }
  }

  /** The copy is what counts now. */
  private long end() throws IOException {
    if (applier == null) {
      return 0;
    }
    applier.finish();
    applier.rewind();
    target.call("SELECT", "0");
    target.call("DEL", key);
    return applier.applied();
  }

  private void connect() throws IOException {
    try {
      link = Link.patient(source, this::meanwhile);
      link.call("REPLCONF", "capa", "eof", "capa", "psync2");
    } catch (RefusedException e) {
      throw e;
    } catch (IOException e) {
      throw new SourceLostException(source + ": " + e.getMessage(), e);
    }
  }

  private void follow() throws IOException {
    loads = false;
    connect();
    SourcePosition from = applier == null ? null : applier.position();
    String log = from == null ? "?" : from.log();
    long next = from == null ? -1 : from.offset() + 1;
    tell("PSYNC", log, Long.toString(next));
    String[] answer = line().split(" ", -1);
    InputStream commands = link.in().bytes();
    if (answer[0].equals("+FULLRESYNC") && answer.length == 3) {
      if (applier != null) {
        throw new IOException(
            source + " can't go on where this was broken off: start with --anew to copy all again");
      }
      commands = copy(answer[1], RespInput.length(answer[2]));
    } else if (answer[0].equals("+CONTINUE") && applier != null) {
      if (answer.length > 1) {
        applier.log(answer[1]);
      }
    } else {
      throw new RefusedException(source + ": " + String.join(" ", answer));
    }
    apply(commands);
  }

  /** The next line that isn't empty: those only say that the source is there. */
  private String line() throws IOException {
    try {
      String line = link.in().line();
      while (line.isEmpty()) {
        line = link.in().line();
      }
      return line;
    } catch (SourceLostException e) {
      throw e;
    } catch (IOException e) {
      throw new SourceLostException(source + ": " + e.getMessage(), e);
    }
  }

  /** Copies all that there is; returns what follows it. */
  private InputStream copy(String log, long offset) throws IOException {
    String header = line();
    if (!header.startsWith("$")) {
      throw new IOException(source + ": \"" + header + "\" where a snapshot should be");
    }
    loads = true;
    InputStream in = link.in().bytes();
    SnapshotInput snapshot = new SnapshotInput(in);
    SnapshotLoader.Result result =
        SnapshotLoader.load(
            snapshot,
            target,
            clock,
            keys -> {
              listener.copied(keys, snapshot.position());
              meanwhile();
            });
    if (header.startsWith(MARK)) {
      snapshot.skip(MARK_BYTES);
    }
    SourcePosition position = new SourcePosition(log, offset, 0);
    target.call("SELECT", "0");
    target.call("SET", key, position.text());
    applier = new CommandApplier(target, key, position);
    listener.follows(result);
    return new SequenceInputStream(new ByteArrayInputStream(snapshot.rest()), in);
  }

  private void apply(InputStream in) throws IOException {
    CommandInput commands = new CommandInput(in);
    long base = applier.position().offset();
    // A source that sends all at once goes on when it hears that it was taken.
    acknowledge();
    while (true) {
      if (in.available() == 0) {
        applier.finish();
        endIfCaughtUp();
      }
      boolean more;
      try {
        more = commands.next();
      } catch (EOFException _) {
        more = false;
      }
      if (!more) {
        throw new SourceLostException(source + " has closed the connection", null);
      }
      applier.apply(commands, base + commands.position());
      if (commands.word(0).equals("REPLCONF")) {
        applier.finish();
        acknowledge();
      }
      meanwhile();
    }
  }

  /** Each second, and at the latest when nothing has come for one. */
  private void meanwhile() {
    long now = System.nanoTime();
    if (now - told < SECOND_NANOS) {
      return;
    }
    told = now;
    try {
      if (applier == null) {
        if (listener.ends()) {
          throw new EndException();
        }
        // Who loads says so that it is there. Who is heard before is waited for by a source that
        // leaves others time to ask for the same snapshot: it goes by how long nothing was heard.
        if (loads) {
          tell();
        }
        return;
      }
      applier.finish();
      acknowledge();
      endIfCaughtUp();
      listener.applied(applier.applied());
      if (listener.ends()) {
        throw new EndException();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void acknowledge() throws IOException {
    tell("REPLCONF", "ACK", Long.toString(applier.position().offset()));
  }

  /** Sends the source a request that isn't answered here; without words an empty line. */
  private void tell(String... words) throws IOException {
    try {
      if (words.length == 0) {
        link.out().newLine();
      } else {
        link.out().request(words);
      }
      link.out().flush();
    } catch (IOException e) {
      throw new SourceLostException(source + ": " + e.getMessage(), e);
    }
  }

  private void endIfCaughtUp() throws IOException {
    long now = System.nanoTime();
    if (!untilCaughtUp || now - asked < QUARTER_NANOS) {
      return;
    }
    asked = now;
    try (Link asking = Link.to(source)) {
      String marker = "master_repl_offset:";
      long there =
          asking
              .call("INFO", "replication")
              .lines()
              .filter(line -> line.startsWith(marker))
              .mapToLong(line -> Long.parseLong(line.substring(marker.length())))
              .findFirst()
              .orElseThrow(() -> new IOException(source + " doesn't tell how far it is"));
      if (applier.position().offset() >= there) {
        throw new EndException();
      }
    }
  }
}
