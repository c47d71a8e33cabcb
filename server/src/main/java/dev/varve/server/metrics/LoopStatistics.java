package dev.varve.server.metrics;

/** What one event loop counts; only its thread adds. */
public final class LoopStatistics {
  /** Commands executed, refused ones included. */
  public final Counter commands = new Counter();

  /** Times that something was read from a socket. */
  public final Counter reads = new Counter();

  /** Times that replies were handed to a socket. */
  public final Counter writes = new Counter();

  /** The most bytes of requests that a connection had at a time and that were not executed. */
  public final RecentMaximum inputBuffer = new RecentMaximum();

  /** The most bytes of replies that a client had not taken. */
  public final RecentMaximum outputBuffer = new RecentMaximum();

  /** Memory that its connections take, as they were counted last. */
  public final Counter clientMemory = new Counter();

  /** Bytes received. */
  public final Counter inputBytes = new Counter();

  /** Bytes handed to sockets. */
  public final Counter outputBytes = new Counter();

  /** Connections accepted. */
  public final Counter connections = new Counter();

  /** Connections refused: too many, or from elsewhere in protected mode. */
  public final Counter rejectedConnections = new Counter();

  /** Connections closed because what they sent was no request. */
  public final Counter protocolErrors = new Counter();

  /** Connections closed because they took none of their replies. */
  public final Counter slowConnectionsClosed = new Counter();

  /** Connections closed because they sent nothing for too long. */
  public final Counter idleConnectionsClosed = new Counter();

  /** Connections closed because requests took more memory than there is for them. */
  public final Counter inputOverflows = new Counter();

  /** Times that no requests were taken from a connection until its replies had drained. */
  public final Counter outputStalls = new Counter();

  /** Requests that were handed to the read pool because memory could not answer them. */
  public final Counter poolTasks = new Counter();
}
