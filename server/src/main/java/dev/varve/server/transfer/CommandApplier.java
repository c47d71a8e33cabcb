package dev.varve.server.transfer;

import java.io.IOException;

/**
 * Applies the commands of a server's log to another server, some at a time as a transaction that
 * also says how far it goes. Not thread-safe.
 */
final class CommandApplier {
  private static final int MOST_COMMANDS = 256;
  private static final long MOST_BYTES = 256 << 10;

  private final Pipeline pipeline;
  private final String key;
  private String log;
  private int database;
  private long offset;

  /** Whether a transaction has begun here. */
  private boolean open;

  /** Whether one has begun there, which is not to be divided. */
  private boolean within;

  /** What the target knows. */
  private SourcePosition committed;

  private int commands;
  private long bytes;
  private long applied;

  /**
   * @param key where the target keeps the position
   */
  CommandApplier(Link target, String key, SourcePosition from) {
    this.pipeline = new Pipeline(target);
    this.key = key;
    committed = from;
    rewind(from);
  }

  private void rewind(SourcePosition to) {
    log = to.log();
    offset = to.offset();
    database = to.database();
    within = false;
    open = false;
    commands = 0;
    bytes = 0;
  }

  /** The log goes on under this name. */
  void log(String name) {
    log = name;
  }

  /** Returns up to where commands were handed over. */
  SourcePosition position() {
    return new SourcePosition(log, offset, database);
  }

  /** Returns how many commands were applied. */
  long applied() {
    return applied;
  }

  /**
   * Takes a command over.
   *
   * @param behind where the log goes on after it
   * @throws RefusedException if the target has refused one
   */
  void apply(CommandInput command, long behind) throws IOException {
    switch (command.word(0)) {
      case "PING", "REPLCONF" -> {}
      case "MULTI" -> within = true;
      case "EXEC" -> within = false;
      case "SELECT" -> {
        database = (int) RespInput.length(command.word(1));
        if (open) {
          pipeline.forward(command);
        }
      }
      default -> {
        begin();
        pipeline.forward(command);
        commands++;
        applied++;
        bytes += command.bytes();
      }
    }
    offset = behind;
    if (commands >= MOST_COMMANDS || bytes >= MOST_BYTES) {
      commit();
    }
  }

  private void begin() throws IOException {
    if (!open) {
      open = true;
      request("MULTI");
      request("SELECT", Integer.toString(database));
    }
  }

  private void request(String... words) throws IOException {
    RequestOutput out = pipeline.begin(words[0], 0, words.length);
    for (String word : words) {
      out.argument(word);
    }
  }

  /** Ends the transaction, unless one of the source's is under way. */
  private void commit() throws IOException {
    if (open && !within) {
      request("SELECT", "0");
      committed = position();
      request("SET", key, committed.text());
      request("EXEC");
      open = false;
      commands = 0;
      bytes = 0;
    }
  }

  /**
   * Waits until all that was handed over is applied, but for a transaction of the source that isn't
   * whole.
   */
  void finish() throws IOException {
    commit();
    if (!open) {
      pipeline.finish();
    }
  }

  /** Takes back what isn't whole: the source will send it again. */
  void rewind() throws IOException {
    if (open) {
      request("DISCARD");
      pipeline.finish();
    }
    rewind(committed);
  }
}
