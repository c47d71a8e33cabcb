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
  private static final String DOUBLE_TIMEOUT = "The timeout may have a fraction.";

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
        push("lpush", "1.0.0", "Adds elements at the left end.", EndCommands::pushLeft)
            .changed("2.4.0", "Takes several elements.")
            .build(),
        push("rpush", "1.0.0", "Adds elements at the right end.", EndCommands::pushRight)
            .changed("2.4.0", "Takes several elements.")
            .build(),
        push(
                "lpushx",
                "2.2.0",
                "Adds elements at the left end of a list that is there.",
                EndCommands::pushLeftIfThere)
            .changed("4.0.0", "Takes several elements.")
            .build(),
        push(
                "rpushx",
                "2.2.0",
                "Adds elements at the right end of a list that is there.",
                EndCommands::pushRightIfThere)
            .changed("4.0.0", "Takes several elements.")
            .build(),
        pop("lpop", "Removes and answers elements at the left end.", EndCommands::popLeft),
        pop("rpop", "Removes and answers elements at the right end.", EndCommands::popRight),
        command("lmpop", -4, Execution.WRITE, EndCommands::popFromFirst)
            .flags(WRITE, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(1), new KeySpec.Counted(0, 1, 1), RW, ACCESS, DELETE)
            .docs(
                "7.0.0",
                "Removes and answers elements of the first list that is there.",
                "O(n) for n keys and elements")
            .arguments(
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                side("where"),
                plain("count", "integer").token("COUNT").asOptional())
            .build());
  }

  private static CommandSpec.Builder push(
      String name, String since, String summary, CommandHandler handler) {
    return command(name, -3, Execution.WRITE, handler)
        .flags(WRITE, DENYOOM, FAST)
        .keys(1, 0, 1, RW, INSERT)
        .docs(since, summary, "O(n) for n elements")
        .arguments(key("key", 0), plain("element", "string").asMultiple());
  }

  private static CommandSpec pop(String name, String summary, CommandHandler handler) {
    return command(name, -2, Execution.WRITE, handler)
        .flags(WRITE, FAST)
        .keys(1, 0, 1, RW, ACCESS, DELETE)
        .docs("1.0.0", summary, "O(n) for n of them")
        .changed("6.2.0", "count is new.")
        .arguments(key("key", 0), plain("count", "integer").since("6.2.0").asOptional())
        .build();
  }

  private static List<CommandSpec> elements() {
    return List.of(
        command("llen", 2, Execution.READ, IndexCommands::length)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO)
            .docs("1.0.0", "Answers how many elements a list has.", "O(1)")
            .arguments(key("key", 0))
            .build(),
        command("lindex", 3, Execution.READ, IndexCommands::index)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .docs("1.0.0", "Answers the element of an index.", "O(log n) for n elements")
            .arguments(key("key", 0), plain("index", "integer"))
            .build(),
        command("lset", 4, Execution.WRITE, IndexCommands::set)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, RW, UPDATE)
            .docs("1.0.0", "Replaces the element of an index.", "O(log n) for n elements")
            .arguments(key("key", 0), plain("index", "integer"), plain("element", "string"))
            .build(),
        command("lrange", 4, Execution.READ, IndexCommands::range)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .docs(
                "1.0.0",
                "Answers the elements from an index to another.",
                "O(log n + m) for m of n elements")
            .arguments(key("key", 0), plain("start", "integer"), plain("stop", "integer"))
            .build(),
        command("ltrim", 4, Execution.WRITE, IndexCommands::trim)
            .flags(WRITE)
            .keys(1, 0, 1, RW, DELETE)
            .docs(
                "1.0.0",
                "Removes all elements but those from an index to another.",
                "O(1); where elements were inserted or removed in the middle, O(n) for what is"
                    + " removed there")
            .arguments(key("key", 0), plain("start", "integer"), plain("stop", "integer"))
            .build(),
        command("linsert", 5, Execution.WRITE, SearchCommands::insert)
            .flags(WRITE, DENYOOM)
            .keys(1, 0, 1, RW, INSERT)
            .docs("2.2.0", "Adds an element beside another.", "O(n) for n elements before it")
            .arguments(
                key("key", 0),
                oneOf("where", word("before", "BEFORE"), word("after", "AFTER")),
                plain("pivot", "string"),
                plain("element", "string"))
            .build(),
        command("lrem", 4, Execution.WRITE, SearchCommands::remove)
            .flags(WRITE)
            .keys(1, 0, 1, RW, DELETE)
            .docs("1.0.0", "Removes elements that are equal to a value.", "O(n) for n elements")
            .arguments(key("key", 0), plain("count", "integer"), plain("element", "string"))
            .build(),
        command("lpos", -3, Execution.READ, SearchCommands::position)
            .flags(READONLY)
            .keys(1, 0, 1, RO, ACCESS)
            .docs("6.0.6", "Answers where elements are that are equal to a value.", "O(n)")
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
            .docs("6.2.0", "Moves an element from an end of one list to one of another.", "O(1)")
            .arguments(key("source", 0), key("destination", 1), side("wherefrom"), side("whereto"))
            .build(),
        between("rpoplpush", 3, MoveCommands::popPush)
            .flags(WRITE, DENYOOM)
            .docs("1.2.0", "Moves the last element to be another list's first.", "O(1)")
            .deprecated("6.2.0", "`LMOVE` with the `RIGHT` and `LEFT` arguments")
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
        waitingPop("blpop", "Removes the first element, or waits for one.", WaitCommands::popLeft),
        waitingPop("brpop", "Removes the last element, or waits for one.", WaitCommands::popRight),
        between("blmove", 6, WaitCommands::move)
            .flags(WRITE, DENYOOM, NOSCRIPT, BLOCKING)
            .docs("6.2.0", "As LMOVE; waits for an element if there is none.", "O(1)")
            .arguments(
                key("source", 0),
                key("destination", 1),
                side("wherefrom"),
                side("whereto"),
                plain("timeout", "double"))
            .build(),
        between("brpoplpush", 4, WaitCommands::popPush)
            .flags(WRITE, DENYOOM, NOSCRIPT, BLOCKING)
            .docs("2.2.0", "As RPOPLPUSH; waits for an element if there is none.", "O(1)")
            .changed("6.0.0", DOUBLE_TIMEOUT)
            .deprecated("6.2.0", "`BLMOVE` with the `RIGHT` and `LEFT` arguments")
            .arguments(key("source", 0), key("destination", 1), plain("timeout", "double"))
            .build(),
        command("blmpop", -5, Execution.WRITE, WaitCommands::popFromFirst)
            .flags(WRITE, BLOCKING, MOVABLEKEYS)
            .keys(null, new KeySpec.AtIndex(2), new KeySpec.Counted(0, 1, 1), RW, ACCESS, DELETE)
            .docs(
                "7.0.0",
                "As LMPOP; waits for an element if there is none.",
                "O(n) for n keys and elements")
            .arguments(
                plain("timeout", "double"),
                plain("numkeys", "integer"),
                key("key", 0).asMultiple(),
                side("where"),
                plain("count", "integer").token("COUNT").asOptional())
            .build());
  }

  private static CommandSpec waitingPop(String name, String summary, CommandHandler handler) {
    return command(name, -3, Execution.WRITE, handler)
        .flags(WRITE, NOSCRIPT, BLOCKING)
        .keys(1, -2, 1, RW, ACCESS, DELETE)
        .docs("2.0.0", summary, "O(n) for n keys")
        .changed("6.0.0", DOUBLE_TIMEOUT)
        .arguments(key("key", 0).asMultiple(), plain("timeout", "double"))
        .build();
  }
}
