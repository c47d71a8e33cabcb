package dev.varve.server.command.debug;

import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.EncodingName;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.command.support.WriterRole;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.DebugSwitches;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * DEBUG: one command whose first argument says what it does. What has no meaning here is refused,
 * with the reason.
 */
final class DebugCommand {
  private static final Logger LOG = LoggerFactory.getLogger(DebugCommand.class);

  private static final int ANY = Integer.MAX_VALUE;
  private static final int MATCHES = 1000;
  private static final int MOST_MATCHED = 32;
  private static final double MOST_SLEEP_SECONDS = 24 * 60 * 60;
  private static final double NANOS_A_SECOND = 1e9;
  private static final Pattern SIZE = Pattern.compile("([0-9]*)([kmg]?)(b?)");
  private static final long MOST_THRESHOLD = (1L << 32) - (1 << 20);
  private static final String LISTPACK = "listpack";
  private static final String QUICKLIST = "quicklist";

  /**
   * What a first argument stands for.
   *
   * @param least how many arguments there are at least, with the command's name
   */
  private record Action(int least, int most, Consumer<CommandContext> run) {}

  private static final Map<String, Action> ACTIONS =
      Map.ofEntries(
          Map.entry("help", new Action(2, 2, DebugCommand::help)),
          Map.entry("sleep", new Action(3, 3, DebugCommand::sleep)),
          Map.entry("object", new Action(3, 3, DebugCommand::object)),
          Map.entry("digest", new Action(2, 2, DigestCommands::ofAll)),
          Map.entry("digest-value", new Action(2, ANY, DigestCommands::ofValues)),
          Map.entry("protocol", new Action(3, 3, ProtocolCommand::run)),
          Map.entry("populate", new Action(2, ANY, PopulateCommand::run)),
          Map.entry("reload", new Action(2, ANY, DebugCommand::reload)),
          Map.entry("loadaof", new Action(2, ANY, context -> context.reply().ok())),
          // What clients take is counted as they take it, by no periodic job; and between turns
          // none
          // has a buffer for replies, of which the size could change.
          Map.entry("pause-cron", new Action(3, 3, context -> context.reply().ok())),
          Map.entry("replybuffer", new Action(4, 4, context -> context.reply().ok())),
          Map.entry("error", new Action(3, 3, DebugCommand::error)),
          Map.entry("log", new Action(3, 3, DebugCommand::log)),
          Map.entry("listpack", new Action(3, 3, context -> printed(context, LISTPACK))),
          Map.entry("quicklist", new Action(3, 4, context -> printed(context, QUICKLIST))),
          Map.entry("stringmatch-test", new Action(2, 2, DebugCommand::matchStrings)),
          Map.entry("set-active-expire", new Action(3, 3, turn((all, on) -> all.expires(on != 0)))),
          Map.entry(
              "set-disable-deny-scripts",
              new Action(3, 3, turn((all, off) -> all.refusesInScripts(off == 0)))),
          Map.entry(
              "set-skip-checksum-validation",
              new Action(3, 3, turn((all, off) -> all.checksSums(off == 0)))),
          Map.entry("change-repl-id", new Action(2, 2, DebugCommand::changeReplicationId)),
          Map.entry("quicklist-packed-threshold", new Action(3, 3, DebugCommand::threshold)));

  private static final String CRASH = "this server isn't crashed on demand";
  private static final String HEAP = "memory is the JVM's and the engine's";

  /** Redis's others, with the reason why they mean nothing here. */
  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("aof-flush-sleep", "a log's flush can't be slowed down"),
          Map.entry("assert", CRASH),
          Map.entry("config-rewrite-force-all", "CONFIG REWRITE writes what was changed"),
          Map.entry("crash-and-recover", CRASH),
          Map.entry("leak", HEAP),
          Map.entry("htstats", "keys are kept in tables, not in a hash table"),
          Map.entry("htstats-key", "elements are kept in tables, not in a hash table"),
          Map.entry("replicate", "there are no replicas"),
          Map.entry("mallctl", HEAP),
          Map.entry("mallctl-str", HEAP),
          Map.entry("drop-cluster-packet-filter", "there is no cluster"),
          Map.entry("oom", CRASH),
          Map.entry("panic", CRASH),
          Map.entry("restart", "it is restarted by who watches over it"),
          Map.entry("sdslen", HEAP),
          Map.entry("segfault", CRASH),
          Map.entry("structsize", HEAP),
          Map.entry("client-eviction", "which clients are largest is looked up when it matters"),
          Map.entry("clusterlink", "there is no cluster"));

  private DebugCommand() {}

  /** Sets a switch to a number. */
  @FunctionalInterface
  private interface Turn {
    void to(DebugSwitches all, int value);
  }

  static void run(CommandContext context) {
    Request request = context.request();
    String name = request.argumentString(1).toLowerCase(Locale.ROOT);
    String reason = REFUSED.get(name);
    if (reason != null) {
      throw new CommandException(
          "ERR DEBUG " + name.toUpperCase(Locale.ROOT) + " means nothing here: " + reason);
    }
    Action action = ACTIONS.get(name);
    if (action == null
        || request.argumentCount() < action.least
        || request.argumentCount() > action.most) {
      throw Errors.subcommand(context);
    }
    action.run.accept(context);
  }

  private static Consumer<CommandContext> turn(Turn turn) {
    return context -> {
      int value = Arguments.leadingInt(context.request().argumentBytes(2));
      context.effect(() -> turn.to(context.services().debug(), value));
      context.reply().ok();
    };
  }

  /** Others read on, but nothing is written meanwhile. */
  private static void sleep(CommandContext context) {
    String text = context.request().argumentString(2);
    double seconds;
    try {
      seconds = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      // As C's strtod.
      seconds = 0;
    }
    WriterRole.need(context);
    double bounded = Math.clamp(seconds, 0, MOST_SLEEP_SECONDS);
    long nanos = (long) (bounded * NANOS_A_SECOND);
    long began = context.services().slowCommands().nanoTime();
    long left = nanos;
    while (left > 0 && !Thread.interrupted()) {
      LockSupport.parkNanos(left);
      left = nanos - (context.services().slowCommands().nanoTime() - began);
    }
    context.reply().ok();
  }

  /**
   * A value has no address, and when it was used isn't tracked. One that has expired is told of as
   * long as it hasn't been removed.
   */
  private static void object(CommandContext context) {
    context.selectKey(2);
    Keyspace keyspace = context.keyspace();
    if (!keyspace.find() && !keyspace.selected().isPastDeadline()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
    context
        .reply()
        .simpleString(
            "Value at:0x0 refcount:1 encoding:"
                + EncodingName.of(context)
                + " serializedlength:"
                + keyspace.selected().storedBytes()
                + " lru:0 lru_seconds_idle:0");
  }

  private static void find(CommandContext context) {
    context.selectKey(2);
    if (!context.keyspace().find()) {
      throw new CommandException(Errors.NO_SUCH_KEY);
    }
  }

  /** Redis prints how such a value lies in its memory. */
  private static void printed(CommandContext context, String encoding) {
    find(context);
    if (!EncodingName.of(context).equals(encoding)) {
      throw new CommandException("ERR Not a " + encoding + " encoded object.");
    }
    throw new CommandException("ERR values aren't kept as a " + encoding + " here");
  }

  /** There is nothing to load: what is read is what was written. */
  private static void reload(CommandContext context) {
    Request request = context.request();
    boolean merges = false;
    boolean keeps = false;
    boolean saves = true;
    for (int i = 2; i < request.argumentCount(); i++) {
      switch (request.argumentString(i).toLowerCase(Locale.ROOT)) {
        case "merge" -> merges = true;
        case "noflush" -> keeps = true;
        case "nosave" -> saves = false;
        default ->
            throw new CommandException(
                "ERR DEBUG RELOAD only supports the MERGE, NOFLUSH and NOSAVE options.");
      }
    }
    if (!saves) {
      throw new CommandException(
          "ERR DEBUG RELOAD NOSAVE means nothing here: there is no RDB file");
    }
    if (keeps && !merges) {
      throw new CommandException("ERR Error trying to load the RDB dump");
    }
    context.reply().ok();
  }

  private static void error(CommandContext context) {
    context.reply().error(context.request().argumentString(2));
  }

  private static void log(CommandContext context) {
    String message = Arguments.printed(context.request(), 2);
    context.effect(() -> LOG.warn("DEBUG LOG: {}", message));
    context.reply().ok();
  }

  private static void changeReplicationId(CommandContext context) {
    context.effect(() -> context.services().info().changeReplicationId());
    context.reply().ok();
  }

  /** Lists are kept in another way: how large a node is makes no difference. */
  private static void threshold(CommandContext context) {
    Matcher size = SIZE.matcher(context.request().argumentString(2).toLowerCase(Locale.ROOT));
    if (!size.matches() || bytes(size) > MOST_THRESHOLD) {
      throw new CommandException(
          "ERR argument must be a memory value bigger than 1 and smaller than 4gb");
    }
    context.reply().ok();
  }

  private static double bytes(Matcher size) {
    int base = size.group(3).isEmpty() ? 1000 : 1024;
    double number = size.group(1).isEmpty() ? 0 : Double.parseDouble(size.group(1));
    return number * Math.pow(base, " kmg".indexOf(size.group(2).isEmpty() ? " " : size.group(2)));
  }

  private static void matchStrings(CommandContext context) {
    RandomGenerator random = context.keyspace().random();
    for (int i = 0; i < MATCHES; i++) {
      byte[] pattern = new byte[random.nextInt(MOST_MATCHED)];
      byte[] text = new byte[random.nextInt(MOST_MATCHED)];
      random.nextBytes(pattern);
      random.nextBytes(text);
      new GlobPattern(pattern, random.nextBoolean()).matches(text, 0, text.length);
    }
    context.reply().simpleString("Apparently Redis did not crash: test passed");
  }

  private static void help(CommandContext context) {
    HelpReply.write(
        context,
        "CHANGE-REPL-ID",
        "    Take another id as the master of a replication.",
        "DIGEST",
        "    Tell a digest of all keys, as Redis's for the same data.",
        "DIGEST-VALUE <key> [<key> ...]",
        "    Tell a digest of what each key holds.",
        "ERROR <string>",
        "    Answer with this error.",
        "LISTPACK <key>",
        "    Refused: values are kept in another way.",
        "LOADAOF",
        "    As RELOAD: there is nothing to load.",
        "LOG <message>",
        "    Write a message to the log.",
        "OBJECT <key>",
        "    Tell how Redis would keep what the key holds.",
        "POPULATE <count> [<prefix>] [<size>]",
        "    Make string keys named key:<num>, or with another prefix.",
        "PROTOCOL <type>",
        "    Answer with a reply of a type: string, integer, double, bignum, null, array, set,",
        "    map, attrib, push, verbatim, true, false.",
        "QUICKLIST <key> [<0|1>]",
        "    Refused: values are kept in another way.",
        "QUICKLIST-PACKED-THRESHOLD <size>",
        "    Taken and forgotten: lists are kept in another way.",
        "RELOAD [NOFLUSH] [MERGE]",
        "    There is nothing to load: what is read is what was written.",
        "SET-ACTIVE-EXPIRE <0|1>",
        "    Leave keys where they are that have expired, or remove them again.",
        "SET-DISABLE-DENY-SCRIPTS <0|1>",
        "    Let scripts call commands that are not for them, or no more.",
        "SET-SKIP-CHECKSUM-VALIDATION <0|1>",
        "    Let RESTORE take payloads whose checksum is wrong, or no more.",
        "SLEEP <seconds>",
        "    Write nothing for so long. Decimals allowed.",
        "STRINGMATCH-TEST",
        "    Match patterns at random.");
  }
}
