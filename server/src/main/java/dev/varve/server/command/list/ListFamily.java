package dev.varve.server.command.list;

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
import static dev.varve.server.dispatch.KeyFlag.INSERT;
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
import java.util.ArrayList;
import java.util.List;

/** The commands on lists. What Redis tells of them in COMMAND is told here. */
public final class ListFamily {

  private ListFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(ends());
    all.addAll(elements());
    all.addAll(moves());
    all.addAll(waits());
    return all;
  }

  private static CommandSpec.Builder command(
      String name, int arity, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, arity, CommandGroup.LIST, execution, handler)
        .categories(AclCategory.LIST);
  }

  private static Argument side(String name) {
    return oneOf(name, word("left", "LEFT"), word("right", "RIGHT"));
  }

  private static List<CommandSpec> ends() {
    return List.of(
        push("lpush", EndCommands::pushLeft).build(),
        push("rpush", EndCommands::pushRight).build(),
        push("lpushx", EndCommands::pushLeftIfThere).build(),
        push("rpushx", EndCommands::pushRightIfThere).build(),
        pop("lpop", EndCommands::popLeft),
        pop("rpop", EndCommands::popRight),
        command("lmpop", -4, Execution.WRITE, EndCommands::popFromFirst)
            .flags(WRITE, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(1), new KeySpec.Counted(0, 1, 1), RW, ACCESS, DELETE)
            .arguments(
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                side("where"),
                plain("count", "integer").token("COUNT").asOptional())
            .build());
  }

  private static CommandSpec.Builder push(String name, CommandHandler handler) {
    return command(name, -3, Execution.WRITE, handler)
        .flags(WRITE, DENYOOM, FAST)
        .keys(1, 0, 1, RW, INSERT)
        .arguments(key("key", 0), plain("element", "string").asMultiple());
  }

  private static CommandSpec pop(String name, CommandHandler handler) {
    return command(name, -2, Execution.WRITE, handler)
        .flags(WRITE, FAST)
        .keys(1, 0, 1, RW, ACCESS, DELETE)
        .arguments(key("key", 0), plain("count", "integer").since("6.2.0").asOptional())
        .build();
  }

  private static List<CommandSpec> elements() {
    return List.of(
        command("llen", 2, Execution.READ, IndexCommands::length)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO)
            .arguments(key("key", 0))
            .build(),
        command("lindex", 3, Execution.READ, IndexCommands::index)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0), plain("index", "integer"))
            .build(),
        command("lset", 4, Execution.WRITE, IndexCommands::set)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(key("key", 0), plain("index", "integer"), plain("element", "string"))
            .build(),
        command("lrange", 4, Execution.READ, IndexCommands::range)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0), plain("start", "integer"), plain("stop", "integer"))
            .build(),
        command("ltrim", 4, Execution.WRITE, IndexCommands::trim)
            .flags(WRITE)
            .keys(1, 0, 1, RW, DELETE)
            .arguments(key("key", 0), plain("start", "integer"), plain("stop", "integer"))
            .build(),
        command("linsert", 5, Execution.WRITE, SearchCommands::insert)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, RW, INSERT)
            .arguments(
                key("key", 0),
                oneOf("where", word("before", "BEFORE"), word("after", "AFTER")),
                plain("pivot", "string"),
                plain("element", "string"))
            .build(),
        command("lrem", 4, Execution.WRITE, SearchCommands::remove)
            .flags(WRITE)
            .keys(1, 0, 1, RW, DELETE)
            .arguments(key("key", 0), plain("count", "integer"), plain("element", "string"))
            .build(),
        command("lpos", -3, Execution.READ, SearchCommands::position)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("element", "string"),
                plain("rank", "integer").token("RANK").asOptional(),
                plain("num-matches", "integer").token("COUNT").asOptional(),
                plain("len", "integer").token("MAXLEN").asOptional())
            .build());
  }

  private static List<CommandSpec> moves() {
    return List.of(
        between("lmove", 5, MoveCommands::move)
            .flags(WRITE, DENYOOM)
            .arguments(key("source", 0), key("destination", 1), side("wherefrom"), side("whereto"))
            .build(),
        between("rpoplpush", 3, MoveCommands::popPush)
            .flags(WRITE, DENYOOM)
            .arguments(key("source", 0), key("destination", 1))
            .build());
  }

  private static CommandSpec.Builder between(String name, int arity, CommandHandler handler) {
    return command(name, arity, Execution.WRITE, handler)
        .keys(1, 0, 1, RW, ACCESS, DELETE)
        .keys(2, 0, 1, RW, INSERT);
  }

  private static List<CommandSpec> waits() {
    return List.of(
        waitingPop("blpop", WaitCommands::popLeft),
        waitingPop("brpop", WaitCommands::popRight),
        between("blmove", 6, WaitCommands::move)
            .flags(WRITE, DENYOOM, NOSCRIPT, BLOCKING)
            .arguments(
                key("source", 0),
                key("destination", 1),
                side("wherefrom"),
                side("whereto"),
                plain("timeout", "double"))
            .build(),
        between("brpoplpush", 4, WaitCommands::popPush)
            .flags(WRITE, DENYOOM, NOSCRIPT, BLOCKING)
            .arguments(key("source", 0), key("destination", 1), plain("timeout", "double"))
            .build(),
        command("blmpop", -5, Execution.WRITE, WaitCommands::popFromFirst)
            .flags(WRITE, BLOCKING, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(2), new KeySpec.Counted(0, 1, 1), RW, ACCESS, DELETE)
            .arguments(
                plain("timeout", "double"),
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                side("where"),
                plain("count", "integer").token("COUNT").asOptional())
            .build());
  }

  private static CommandSpec waitingPop(String name, CommandHandler handler) {
    return command(name, -3, Execution.WRITE, handler)
        .flags(WRITE, NOSCRIPT, BLOCKING)
        .keys(1, -2, 1, RW, ACCESS, DELETE)
        .arguments(key("key", 0).asMultiple(), plain("timeout", "double"))
        .build();
  }
}
