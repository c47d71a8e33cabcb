package dev.varve.server.command.zset;

import static dev.varve.server.command.zset.SortedSetFamily.command;
import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on ranges of sorted sets. What Redis tells of them in COMMAND is told here. */
public final class SortedSetRangeFamily {
  private SortedSetRangeFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("zrange", -4, Execution.READ, RangeCommands::range)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("start", "string"),
                plain("stop", "string"),
                by().since("6.2.0"),
                word("rev", "REV").since("6.2.0").asOptional(),
                limit("6.2.0"),
                scores(null))
            .build(),
        command("zrangestore", -5, Execution.WRITE, RangeCommands::store)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, OW, UPDATE)
            .keys(2, 0, 1, RO, ACCESS)
            .arguments(
                key("dst", 0),
                key("src", 1),
                plain("min", "string"),
                plain("max", "string"),
                by(),
                word("rev", "REV").asOptional(),
                limit(null))
            .build(),
        range("zrevrange", RangeCommands::reverseRange)
            .arguments(
                key("key", 0), plain("start", "integer"), plain("stop", "integer"), scores(null))
            .build(),
        range("zrangebyscore", RangeCommands::byScore)
            .arguments(
                key("key", 0),
                plain("min", "double"),
                plain("max", "double"),
                scores("2.0.0"),
                limit(null))
            .build(),
        range("zrevrangebyscore", RangeCommands::reverseByScore)
            .arguments(
                key("key", 0),
                plain("max", "double"),
                plain("min", "double"),
                scores(null),
                limit(null))
            .build(),
        range("zrangebylex", RangeCommands::byLex)
            .arguments(key("key", 0), plain("min", "string"), plain("max", "string"), limit(null))
            .build(),
        range("zrevrangebylex", RangeCommands::reverseByLex)
            .arguments(key("key", 0), plain("max", "string"), plain("min", "string"), limit(null))
            .build(),
        count("zcount", "double", RangeCommands::countScores),
        count("zlexcount", "string", RangeCommands::countStrings),
        remove("zremrangebyrank", RangeCommands::removeRanks)
            .arguments(key("key", 0), plain("start", "integer"), plain("stop", "integer"))
            .build(),
        remove("zremrangebyscore", RangeCommands::removeScores)
            .arguments(key("key", 0), plain("min", "double"), plain("max", "double"))
            .build(),
        remove("zremrangebylex", RangeCommands::removeStrings)
            .arguments(key("key", 0), plain("min", "string"), plain("max", "string"))
            .build());
  }

  private static CommandSpec.Builder range(String name, CommandHandler handler) {
    return command(name, -4, Execution.READ, handler).flags(READONLY).keys(1, 0, 1, RO, ACCESS);
  }

  private static CommandSpec count(String name, String type, CommandHandler handler) {
    return command(name, 4, Execution.READ, handler)
        .flags(READONLY, FAST)
        .keys(1, 0, 1, RO, ACCESS)
        .arguments(key("key", 0), plain("min", type), plain("max", type))
        .build();
  }

  private static CommandSpec.Builder remove(String name, CommandHandler handler) {
    return command(name, 4, Execution.WRITE, handler).flags(WRITE).keys(1, 0, 1, RW, DELETE);
  }

  private static Argument by() {
    return oneOf("sortby", word("byscore", "BYSCORE"), word("bylex", "BYLEX")).asOptional();
  }

  private static Argument limit(String since) {
    Argument limit =
        block("offset_count", plain("offset", "integer"), plain("count", "integer"))
            .token("LIMIT")
            .asOptional();
    return since == null ? limit : limit.since(since);
  }

  private static Argument scores(String since) {
    Argument scores = word("withscores", "WITHSCORES").asOptional();
    return since == null ? scores : scores.since(since);
  }
}
