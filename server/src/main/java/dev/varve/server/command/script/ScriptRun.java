package dev.varve.server.command.script;

import dev.varve.lua.runtime.LuaError;
import dev.varve.protocol.ProtocolVersion;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandFlag;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.DiskQuota;
import dev.varve.server.dispatch.NeedsRole;
import dev.varve.server.dispatch.RunningScript;
import dev.varve.server.dispatch.Services;
import dev.varve.storage.StorageException;

/** One run of a script or function: for whom, what it may do, and how far it has come. */
final class ScriptRun {
  /**
   * The storage thread is held up by a script for so long at most, and by one command; less if
   * others are to be told sooner.
   */
  private static final long SLICE_MILLIS = 50;

  /** As Redis has it. */
  private static final long LOAD_MILLIS = 500;

  private final CommandContext context;
  private final Services services;
  private final ScriptPower power;
  private final long beganMillis;
  private final boolean lent;

  /** Whether it is no run but that of a library's text, which tells its functions. */
  private final boolean loads;

  /** Null: it doesn't run by the writer's role. */
  private RunningScript.Run running;

  private ProtocolVersion version = ProtocolVersion.RESP2;
  private long effectBytes;
  private boolean written;
  private boolean read;

  /** One that a command runs for its client. */
  ScriptRun(CommandContext context, ScriptPower power) {
    this(context, power, false);
  }

  /** One of a library's text, which may not take long. */
  static ScriptRun ofLoading(CommandContext context) {
    return new ScriptRun(context, ScriptPower.READS, true);
  }

  private ScriptRun(CommandContext context, ScriptPower power, boolean loads) {
    this.context = context;
    this.loads = loads;
    this.services = context.services();
    this.power = power;
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
    return power == ScriptPower.READS;
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

  /**
   * Why a command that it calls can't do its work now, as an error line: no more writes are taken;
   * or the data takes more on the disk than it may already, unless the script has begun to write,
   * as Redis has it, so that none stops halfway. Null: it can.
   */
  String refusalOf(CommandSpec command) {
    if (command.needsWrites()) {
      StorageException noWrites = services.storage().noWrites();
      if (noWrites != null) {
        return services.failureLine(command, noWrites);
      }
    }
    boolean adds = power == ScriptPower.WRITES && !written && command.is(CommandFlag.DENYOOM);
    return adds && services.quota().isExceeded() ? DiskQuota.REFUSAL : null;
  }

  /** It is about to call a command that writes. */
  void writes() {
    written = true;
    if (running != null) {
      running.hasWritten();
    }
  }

  /** It is about to call a command that only reads; whether that is the first one. */
  boolean readsFirst() {
    boolean first = !read;
    read = true;
    return first;
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
    if (!lent && now - beganMillis >= sliceMillis()) {
      if (!context.isRehearsal()) {
        script.givenUp(beganMillis);
      }
      throw new NeedsRole();
    }
  }

  private long sliceMillis() {
    long busy = services.config().busyReplyMillis();
    return busy > 0 ? Math.min(busy, SLICE_MILLIS) : SLICE_MILLIS;
  }
}
