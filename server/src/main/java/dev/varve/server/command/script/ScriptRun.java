package dev.varve.server.command.script;

import dev.varve.lua.runtime.LuaError;
import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.NeedsRole;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.dispatch.Services;

/** One run of a script or function: for whom, what it may do, and how far it has come. */
final class ScriptRun {
  /** The storage thread is held up by a script for so long at most, and by one command. */
  private static final long SLICE_MILLIS = 50;

  /** As Redis has it. */
  private static final long LOAD_MILLIS = 500;

  private final CommandContext context;
  private final Services services;
  private final boolean readOnly;
  private final long beganMillis;
  private final boolean lent;

  /** Whether it is no run but that of a library's text, which tells its functions. */
  private final boolean loads;

  /** Null: it doesn't run by the writer's role. */
  private RunningScript.Run running;

  private ProtocolVersion version = ProtocolVersion.RESP2;
  private long effectBytes;

  /** One that a command runs for its client. */
  ScriptRun(CommandContext context, boolean readOnly) {
    this(context, readOnly, false);
  }

  /** One of a library's text, which may not take long. */
  static ScriptRun ofLoading(CommandContext context) {
    return new ScriptRun(context, true, true);
  }

  private ScriptRun(CommandContext context, boolean readOnly, boolean loads) {
    this.context = context;
    this.loads = loads;
    this.services = context.services();
    this.readOnly = readOnly;
    this.beganMillis = services.storage().nowMillis();
    this.lent = !context.isRehearsal() && context.keyspace().mayRead();
  }

  /** Has others see that it runs, if it may take long. */
  void announce(RunningScript.Run run) {
    running = run;
  }

  CommandContext context() {
    return context;
  }

  /** Whether it runs by the writer's role, and may take long. */
  boolean isLent() {
    return lent;
  }

  boolean isReadOnly() {
    return readOnly;
  }

  long beganMillis() {
    return beganMillis;
  }

  /** The protocol of the replies that it gets from commands. */
  ProtocolVersion version() {
    return version;
  }

  void version(ProtocolVersion chosen) {
    version = chosen;
  }

  /** It is about to call a command that writes. */
  void writes() {
    if (running != null) {
      running.hasWritten();
    }
  }

  /**
   * Counts what is kept until the run counts.
   *
   * @return whether there is room for it
   */
  boolean keeps(long bytes) {
    effectBytes += bytes;
    return effectBytes <= services.config().scriptBytes() / 4;
  }

  /**
   * To be called now and then while it runs.
   *
   * @throws NeedsRole if it takes too long for where it runs
   * @throws ScriptKilled if somebody has ended it
   */
  void look() {
    RunningScript script = services.runningScript();
    long now = services.storage().nowMillis();
    if (running != null
        ? script.isToEnd(running, now, services.config().busyReplyMillis())
        : script.isStopped()) {
      throw new ScriptKilled();
    }
    if (loads && now - beganMillis > LOAD_MILLIS) {
      throw new LuaError("FUNCTION LOAD timeout");
    }
    if (!lent && now - beganMillis > SLICE_MILLIS) {
      if (!context.isRehearsal()) {
        script.givenUp(beganMillis);
      }
      throw new NeedsRole();
    }
  }
}
