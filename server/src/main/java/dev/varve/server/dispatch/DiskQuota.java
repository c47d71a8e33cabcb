package dev.varve.server.dispatch;

import java.util.function.LongSupplier;

/**
 * How much the data may take on the disk: beyond, commands that may add to it ({@link
 * CommandFlag#DENYOOM}) are refused, while those that take away go on. It is asked before a command
 * runs, so what runs may go beyond by what it adds itself, and by what was not written to the log
 * yet. Safe for use by many threads.
 */
public final class DiskQuota {
  /** What answers commands that are refused. */
  public static final String REFUSAL =
      "OOM command not allowed when used disk space > 'max-db-size'.";

  private final LongSupplier used;
  private volatile long limit;

  /**
   * Begins without a limit.
   *
   * @param used tells the bytes that the data takes; asked for each command that may be refused
   */
  public DiskQuota(LongSupplier used) {
    this.used = used;
  }

  /** From now on the data may take so many bytes; 0: any number. */
  public void limit(long bytes) {
    limit = bytes;
  }

  /** Returns how many bytes the data may take; 0: any number. */
  public long limit() {
    return limit;
  }

  /** Returns the bytes that the data takes. */
  public long used() {
    return used.getAsLong();
  }

  /** Whether the data takes more than it may. */
  public boolean isExceeded() {
    long most = limit;
    return most > 0 && used.getAsLong() > most;
  }

  /** Whether a command of a session is to be refused: for itself, or for what EXEC would run. */
  boolean refuses(CommandSpec command, Session session) {
    boolean adds =
        command.is(CommandFlag.DENYOOM)
            || (command.isExec() && session.queued() != null && session.queued().adds());
    return adds && isExceeded();
  }
}
