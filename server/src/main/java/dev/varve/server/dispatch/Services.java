package dev.varve.server.dispatch;

import dev.varve.server.migration.TargetConnections;
import dev.varve.server.pubsub.Channels;
import java.time.InstantSource;

/** What commands need from the rest of the server. Safe for use by many threads. */
public interface Services {
  /** Returns the commands that there are. */
  CommandTable commands();

  /** Returns the connections. */
  ClientRegistry clients();

  /** Returns the users. */
  Users users();

  /** Returns the channels that clients publish to. */
  Channels channels();

  /** Returns the settings. */
  ServerConfig config();

  /** Returns the way to the engine for commands that work in several steps. */
  StorageAccess storage();

  /** Returns what INFO tells. */
  ServerInfo info();

  /** Returns the copies of the data. */
  Checkpoints checkpoints();

  /** Returns what sends all the data to those who copy it. */
  Snapshots snapshots();

  /** Returns the error line for what a command threw; what the operator should know is logged. */
  String failureLine(CommandSpec spec, RuntimeException e);

  /** Returns what DEBUG has switched off. */
  DebugSwitches debug();

  /** Returns how much the data may take on the disk. */
  DiskQuota quota();

  /** Returns connections to servers that keys are sent to. */
  TargetConnections targets();

  /** Returns the script that runs. */
  RunningScript runningScript();

  /** Returns the errors that clients were answered with. */
  ErrorStatistics errors();

  /** Returns what notes commands that were slow. */
  SlowCommands slowCommands();

  /** Returns the connections that are shown every command. */
  Monitors monitors();

  /** Returns what notes reads for clients that keep copies. */
  TrackedReads trackedReads();

  /** Returns the wall clock. */
  InstantSource clock();

  /**
   * Begins to stop the server: connections are closed, everything written is made durable, the
   * process ends. Returns at once.
   *
   * @param now whether not to wait for anything but the engine
   */
  void shutdown(boolean now);

  /**
   * Takes a shutdown that has begun back.
   *
   * @return whether there was one that could still be stopped
   */
  boolean abortShutdown();
}
