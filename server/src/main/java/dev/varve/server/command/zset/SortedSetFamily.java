package dev.varve.server.command.zset;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.BLOCKING;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.MOVABLEKEYS;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeySpec;
import java.util.List;

/**
 * The commands on sorted sets, but for those on ranges. What Redis tells of them in COMMAND is told
 * here.
 */
public final class SortedSetFamily {
  private static final String RANDOM = "nondeterministic_output";

  private SortedSetFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        add(),
        command("zincrby", 4, Execution.WRITE, ScoreCommands::increment)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .member(3)
            .arguments(key("key", 0), plain("increment", "integer"), plain("member", "string"))
            .build(),
        command("zrem", -3, Execution.WRITE, ScoreCommands::remove)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, DELETE)
            .members(2, 1)
            .arguments(key("key", 0), plain("member", "string").asMultiple())
            .build(),
        command("zcard", 2, Execution.READ, ScoreCommands::count)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO)
            .arguments(key("key", 0))
            .build(),
        command("zscore", 3, Execution.READ, ScoreCommands::score)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO, ACCESS)
            .member(2)
            .arguments(key("key", 0), plain("member", "string"))
            .build(),
        command("zmscore", -3, Execution.READ, ScoreCommands::scores)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO, ACCESS)
            .members(2, 1)
            .arguments(key("key", 0), plain("member", "string").asMultiple())
            .build(),
        rank("zrank", ScoreCommands::rank),
        rank("zrevrank", ScoreCommands::reverseRank),
        pop("zpopmin", PopCommands::popLeast),
        pop("zpopmax", PopCommands::popGreatest),
        command("zmpop", -4, Execution.WRITE, PopCommands::popAny)
            .flags(WRITE, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(1), new KeySpec.Counted(0, 1, 1), RW, ACCESS, DELETE)
            .arguments(
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                whence(),
                plain("count", "integer").token("COUNT").asOptional())
            .build(),
        await("bzpopmin", PopCommands::awaitLeast),
        await("bzpopmax", PopCommands::awaitGreatest),
        command("bzmpop", -5, Execution.WRITE, PopCommands::awaitAny)
            .flags(WRITE, BLOCKING, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(2), new KeySpec.Counted(0, 1, 1), RW, ACCESS, DELETE)
            .arguments(
                plain("timeout", "double"),
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                whence(),
                plain("count", "integer").token("COUNT").asOptional())
            .build(),
        command("zscan", -3, Execution.READ, MemberPages::scan)
            .flags(READONLY)
            .tips(RANDOM)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("cursor", "integer"),
                plain("pattern", "pattern").token("MATCH").asOptional(),
                plain("count", "integer").token("COUNT").asOptional())
            .build(),
        command("zrandmember", -2, Execution.READ, MemberPages::random)
            .flags(READONLY)
            .tips(RANDOM)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                block(
                        "options",
                        plain("count", "integer"),
                        word("withscores", "WITHSCORES").asOptional())
                    .asOptional())
            .build(),
        combine("zunion", CombiningCommands::unite, true),
        combine("zinter", CombiningCommands::intersect, true),
        combine("zdiff", CombiningCommands::subtract, false),
        command("zintercard", -3, Execution.READ, CombiningCommands::intersectCount)
            .flags(READONLY, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(1), new KeySpec.Counted(0, 1, 1), RO, ACCESS)
            .arguments(
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                plain("limit", "integer").token("LIMIT").asOptional())
            .build(),
        store("zunionstore", CombiningCommands::uniteStore, true),
        store("zinterstore", CombiningCommands::intersectStore, true),
        store("zdiffstore", CombiningCommands::subtractStore, false));
  }

  static CommandSpec.Builder command(
      String name, int arity, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, arity, CommandGroup.SORTED_SET, execution, handler)
        .categories(AclCategory.SORTEDSET);
  }

  private static CommandSpec add() {
    return command("zadd", -4, Execution.WRITE, ScoreCommands::add)
        .flags(WRITE, DENYOOM, FAST)
        .keys(1, 0, 1, RW, UPDATE)
        .members(3, 2)
        .arguments(
            key("key", 0),
            oneOf("condition", word("nx", "NX"), word("xx", "XX")).since("3.0.2").asOptional(),
            oneOf("comparison", word("gt", "GT"), word("lt", "LT")).since("6.2.0").asOptional(),
            word("change", "CH").since("3.0.2").asOptional(),
            word("increment", "INCR").since("3.0.2").asOptional(),
            block("score_member", plain("score", "double"), plain("member", "string")).asMultiple())
        .build();
  }

  private static CommandSpec rank(String name, CommandHandler handler) {
    return command(name, -3, Execution.READ, handler)
        .flags(READONLY, FAST)
        .keys(1, 0, 1, RO, ACCESS)
        .member(2)
        .arguments(
            key("key", 0),
            plain("member", "string"),
            word("withscore", "WITHSCORE").since("7.2.0").asOptional())
        .build();
  }

  private static CommandSpec pop(String name, CommandHandler handler) {
    return command(name, -2, Execution.WRITE, handler)
        .flags(WRITE, FAST)
        .keys(1, 0, 1, RW, ACCESS, DELETE)
        .arguments(key("key", 0), plain("count", "integer").asOptional())
        .build();
  }

  private static CommandSpec await(String name, CommandHandler handler) {
    return command(name, -3, Execution.WRITE, handler)
        .flags(WRITE, NOSCRIPT, BLOCKING, FAST)
        .keys(1, -2, 1, RW, ACCESS, DELETE)
        .arguments(key("key", 0).asMultiple(), plain("timeout", "double"))
        .build();
  }

  /** From which end. */
  static Argument whence() {
    return oneOf("where", word("min", "MIN"), word("max", "MAX"));
  }

  private static Argument weights() {
    return plain("weight", "integer").token("WEIGHTS").asOptional().asMultiple();
  }

  private static Argument aggregate() {
    return oneOf("aggregate", word("sum", "SUM"), word("min", "MIN"), word("max", "MAX"))
        .token("AGGREGATE")
        .asOptional();
  }

  private static CommandSpec combine(String name, CommandHandler handler, boolean aggregates) {
    Argument number = plain("numkeys", "integer");
    Argument keys = key("key", 0).asMultiple();
    Argument scores = word("withscores", "WITHSCORES").asOptional();
    return command(name, -3, Execution.READ, handler)
        .flags(READONLY, MOVABLEKEYS)
        .keys(null, new KeySpec.AtIndex(1), new KeySpec.Counted(0, 1, 1), RO, ACCESS)
        .arguments(
            aggregates
                ? new Argument[] {number, keys, weights(), aggregate(), scores}
                : new Argument[] {number, keys, scores})
        .build();
  }

  private static CommandSpec store(String name, CommandHandler handler, boolean aggregates) {
    Argument destination = key("destination", 0);
    Argument number = plain("numkeys", "integer");
    Argument keys = key("key", 1).asMultiple();
    return command(name, -4, Execution.WRITE, handler)
        .flags(WRITE, DENYOOM, MOVABLEKEYS)
        .keys(1, 0, 1, OW, UPDATE)
        .keys(null, new KeySpec.AtIndex(2), new KeySpec.Counted(0, 1, 1), RO, ACCESS)
        .arguments(
            aggregates
                ? new Argument[] {destination, number, keys, weights(), aggregate()}
                : new Argument[] {destination, number, keys})
        .build();
  }
}
