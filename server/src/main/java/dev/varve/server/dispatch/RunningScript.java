package dev.varve.server.dispatch;

import java.util.List;

/**
 * The script that runs by the writer's role, on the read pool: a script that takes long comes
 * there. Others ask here whether they have to be told that the server is busy, and end it. Safe for
 * use by many threads.
 */
public final class RunningScript {
  /**
   * What the stack of a thread that runs scripts may take; it takes no more memory than a script's
   * recursion has needed.
   */
  public static final long STACK_BYTES = 4 << 20;

  private static final String NOT_BUSY = "NOTBUSY No scripts in execution right now.";
  private static final String HAS_WRITTEN =
      "UNKILLABLE Sorry the script already executed write commands against the dataset. You can"
          + " either wait the script termination or kill the server in a hard way using the"
          + " SHUTDOWN NOSAVE command.";

  /** What others are answered with while a script that is no function runs. */
  public static final String BUSY_SCRIPT =
      "BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.";

  private static final String BUSY_FUNCTION =
      "BUSY Redis is busy running a script. You can only call FUNCTION KILL or SHUTDOWN NOSAVE.";

  private static final long NONE = Long.MAX_VALUE;

  private volatile int kept;

  /** {@link #NONE}: no script waits for the role. */
  private long givenUpSince = NONE;

  /** Whether the script that waits for the role is to end as soon as it runs. */
  private boolean endsWaiting;

  private volatile Run run;
  private volatile boolean busy;
  private volatile boolean stopped;
  private volatile Runnable whenBusy = () -> {};

  /** One run of a script. */
  public static final class Run {
    private final String name;
    private final boolean function;
    private final List<byte[]> command;
    private final long sinceMillis;
    private volatile boolean written;
    private volatile boolean killed;

    private Run(String name, boolean function, List<byte[]> command, long sinceMillis) {
      this.name = name;
      this.function = function;
      this.command = command;
      this.sinceMillis = sinceMillis;
    }

    /** Returns the function's name; of a script, its SHA-1. */
    public String name() {
      return name;
    }

    /** Returns whether it is a function. */
    public boolean isFunction() {
      return function;
    }

    /** Returns the arguments of the command that has called it. */
    public List<byte[]> command() {
      return command;
    }

    /** Returns when it began, by the monotone time. */
    public long sinceMillis() {
      return sinceMillis;
    }

    /** Says that it has called a command that writes: nobody may end it from now on. */
    public void hasWritten() {
      written = true;
    }
  }

  /** Sets who is told, by whatever thread, that others are to be answered with BUSY from now on. */
  public void whenBusy(Runnable action) {
    whenBusy = action;
  }

  /** The storage thread: a script is given up that began then, and will run by the role. */
  public synchronized void givenUp(long sinceMillis) {
    givenUpSince = sinceMillis;
  }

  /**
   * A script begins to run.
   *
   * @param nowMillis when; it may have been given up before
   */
  public synchronized Run begin(
      String name, boolean function, List<byte[]> command, long nowMillis) {
    Run next = new Run(name, function, command, Math.min(nowMillis, givenUpSince));
    next.killed = endsWaiting;
    givenUpSince = NONE;
    endsWaiting = false;
    run = next;
    return next;
  }

  /** The script that ran has come to its end. */
  public void end() {
    busy = false;
    run = null;
  }

  /**
   * To be asked by the script now and then.
   *
   * @param thresholdMillis after which others are told; 0: never
   * @return whether it is to end
   */
  public boolean isToEnd(Run its, long nowMillis, long thresholdMillis) {
    if (!busy && thresholdMillis > 0 && nowMillis - its.sinceMillis >= thresholdMillis) {
      busy = true;
      whenBusy.run();
    }
    return its.killed || stopped;
  }

  /** Returns the script that runs; null: none does. */
  public Run run() {
    return run;
  }

  /** Returns what commands that don't go on beside a script are answered with; null: they do. */
  public String busyLine() {
    Run now = busy ? run : null;
    return now == null ? null : busyLine(now);
  }

  private static String busyLine(Run now) {
    return now.function ? BUSY_FUNCTION : BUSY_SCRIPT;
  }

  /**
   * Ends the script that runs, or that was given up and will run by the role in a moment.
   *
   * @param function whether a function is meant
   * @return why it can't be ended, as an error; null: it will end
   */
  public synchronized String kill(boolean function) {
    Run now = run;
    if (now == null) {
      endsWaiting = givenUpSince != NONE;
      return endsWaiting ? null : NOT_BUSY;
    }
    if (now.written) {
      return HAS_WRITTEN;
    }
    if (now.function != function) {
      return busyLine(now);
    }
    now.killed = true;
    return null;
  }

  /** The server stops: whatever runs, or will, ends, and what it has changed is dropped. */
  public void stop() {
    stopped = true;
  }

  /** Says how many scripts can be called by their names. */
  public void kept(int count) {
    kept = count;
  }

  /** Returns how many scripts can be called by their names. */
  public int kept() {
    return kept;
  }

  /** Returns whether the server stops. */
  public boolean isStopped() {
    return stopped;
  }
}
