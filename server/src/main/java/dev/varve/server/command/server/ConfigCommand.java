package dev.varve.server.command.server;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.LogLimit;
import dev.varve.server.dispatch.ServerConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The subcommands of CONFIG. */
final class ConfigCommand {
  private static final Logger LOG = LoggerFactory.getLogger(ConfigCommand.class);

  private static final LogLimit REWRITE_FAILURES = new LogLimit();

  private ConfigCommand() {}

  static void get(CommandContext context) {
    Request request = context.request();
    ServerConfig config = context.services().config();
    // A name that is no pattern is answered as it was sent first, in its own mix of cases.
    Map<String, String> spellings = new LinkedHashMap<>();
    Map<String, String> values = new HashMap<>();
    for (int i = 2; i < request.argumentCount(); i++) {
      String sent = request.argumentString(i);
      boolean isPattern = sent.chars().anyMatch(c -> c == '[' || c == '*' || c == '?');
      GlobPattern pattern = new GlobPattern(request.argumentBytes(i), true);
      Map<String, String> found =
          config.get(isPattern ? pattern::matches : sent.toLowerCase(Locale.ROOT)::equals);
      values.putAll(found);
      found.keySet().forEach(name -> spellings.putIfAbsent(name, isPattern ? name : sent));
    }
    ReplySink reply = context.reply();
    reply.mapHeader(spellings.size());
    spellings.forEach(
        (name, spelling) -> {
          reply.bulk(spelling);
          reply.bulk(values.get(name).getBytes(StandardCharsets.ISO_8859_1));
        });
  }

  static void set(CommandContext context) {
    Request request = context.request();
    if (request.argumentCount() % 2 != 0) {
      throw Errors.syntax();
    }
    List<Map.Entry<String, String>> changes = new ArrayList<>();
    for (int i = 2; i < request.argumentCount(); i += 2) {
      changes.add(Map.entry(request.argumentString(i), request.argumentString(i + 1)));
    }
    ServerConfig.Refusal refusal = context.services().config().set(changes);
    if (refusal == null) {
      context.reply().ok();
    } else if (refusal.reason() == null) {
      throw new CommandException(
          "ERR Unknown option or number of arguments for CONFIG SET - '"
              + Arguments.printed(refusal.name())
              + "'");
    } else {
      throw new CommandException(
          "ERR CONFIG SET failed (possibly related to argument '"
              + refusal.name()
              + "') - "
              + refusal.reason());
    }
  }

  static void rewrite(CommandContext context) {
    try {
      if (!context.services().config().rewrite()) {
        throw new CommandException("ERR The server is running without a config file");
      }
    } catch (IOException e) {
      REWRITE_FAILURES.log(
          context.services().storage().nowMillis(),
          more -> LOG.warn("CONFIG REWRITE failed{}", more, e));
      throw new CommandException("ERR Rewriting config file: " + reason(e));
    }
    LOG.info("CONFIG REWRITE executed with success");
    context.reply().ok();
  }

  /** What the system says, without the path in front where that is to be had. */
  private static String reason(IOException e) {
    return switch (e) {
      case AccessDeniedException denied -> "Permission denied";
      case NoSuchFileException missing -> "No such file or directory";
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> String.valueOf(e.getMessage());
    };
  }

  static void resetStatistics(CommandContext context) {
    context.services().info().resetStatistics();
    for (CommandSpec command : context.services().commands().all()) {
      command.statistics().reset();
    }
    context.reply().ok();
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "GET <pattern> [<pattern> ...]",
        "    Tell the settings whose names match.",
        "SET <directive> <value> [<directive> <value> ...]",
        "    Change settings, all or none.",
        "REWRITE",
        "    Write the settings to the file that the server was started with.",
        "RESETSTAT",
        "    Set the statistics of INFO to zero.");
  }
}
