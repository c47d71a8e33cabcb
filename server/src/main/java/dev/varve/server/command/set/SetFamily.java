package dev.varve.server.command.set;

import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.MOVABLEKEYS;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.INSERT;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeyFlag;
import dev.varve.server.dispatch.KeySpec;
import java.util.List;

/** The commands on sets. What Redis tells of them in COMMAND is told here. */
public final class SetFamily {
  private static final String ANY_ORDER = "nondeterministic_output_order";
  private static final String RANDOM = "nondeterministic_output";

  private SetFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("sadd", -3, Execution.WRITE, MemberCommands::add)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 0, 1, RW, INSERT)
            .members(2, 1)
            .arguments(key("key", 0), plain("member", "string").asMultiple())
            .build(),
        command("srem", -3, Execution.WRITE, MemberCommands::remove)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, DELETE)
            .members(2, 1)
            .arguments(key("key", 0), plain("member", "string").asMultiple())
            .build(),
        command("smove", 4, Execution.WRITE, MemberCommands::move)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .keys(2, 0, 1, RW, INSERT)
            .arguments(key("source", 0), key("destination", 1), plain("member", "string"))
            .build(),
        command("sismember", 3, Execution.READ, MemberCommands::isMember)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO)
            .member(2)
            .arguments(key("key", 0), plain("member", "string"))
            .build(),
        command("smismember", -3, Execution.READ, MemberCommands::areMembers)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO, ACCESS)
            .members(2, 1)
            .arguments(key("key", 0), plain("member", "string").asMultiple())
            .build(),
        command("scard", 2, Execution.READ, MemberCommands::count)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO)
            .arguments(key("key", 0))
            .build(),
        command("smembers", 2, Execution.READ, AlgebraCommands::members)
            .flags(READONLY)
            .tips(ANY_ORDER)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0))
            .build(),
        command("spop", -2, Execution.WRITE, ChanceCommands::pop)
            .flags(WRITE, FAST)
            .tips(RANDOM)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .arguments(key("key", 0), plain("count", "integer").since("3.2.0").asOptional())
            .build(),
        command("srandmember", -2, Execution.READ, ChanceCommands::pick)
            .flags(READONLY)
            .tips(RANDOM)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0), plain("count", "integer").since("2.6.0").asOptional())
            .build(),
        command("sscan", -3, Execution.READ, SetScan::execute)
            .flags(READONLY)
            .tips(RANDOM)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("cursor", "integer"),
                plain("pattern", "pattern").token("MATCH").asOptional(),
                plain("count", "integer").token("COUNT").asOptional())
            .build(),
        algebra("sinter", AlgebraCommands::intersect),
        command("sintercard", -3, Execution.READ, AlgebraCommands::intersectCount)
            .flags(READONLY, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(1), new KeySpec.Counted(0, 1, 1), RO, ACCESS)
            .arguments(
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                plain("limit", "integer").token("LIMIT").asOptional())
            .build(),
        store("sinterstore", RW, AlgebraCommands::intersectStore),
        algebra("sunion", AlgebraCommands::unite),
        store("sunionstore", OW, AlgebraCommands::uniteStore),
        algebra("sdiff", AlgebraCommands::subtract),
        store("sdiffstore", OW, AlgebraCommands::subtractStore));
  }

  private static CommandSpec.Builder command(
      String name, int arity, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, arity, CommandGroup.SET, execution, handler)
        .categories(AclCategory.SET);
  }

  private static CommandSpec algebra(String name, CommandHandler handler) {
    return command(name, -2, Execution.READ, handler)
        .flags(READONLY)
        .tips(ANY_ORDER)
        .keys(1, -1, 1, RO, ACCESS)
        .arguments(key("key", 0).asMultiple())
        .build();
  }

  /** What becomes of the destination's own value is as Redis tells it, not the same for all. */
  private static CommandSpec store(String name, KeyFlag destination, CommandHandler handler) {
    return command(name, -3, Execution.WRITE, handler)
        .flags(WRITE, DENYOOM)
        .keys(1, 0, 1, destination, UPDATE)
        .keys(2, -1, 1, RO, ACCESS)
        .arguments(key("destination", 0), key("key", 1).asMultiple())
        .build();
  }
}
