package dev.varve.server.command.string;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.CommandSpec.command;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.INSERT;
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;
import static dev.varve.server.dispatch.KeyFlag.VARIABLE_FLAGS;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on strings. What Redis tells of them in COMMAND is told here. */
public final class StringFamily {
  private StringFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("set", -3, CommandGroup.STRING, Execution.WRITE, SetCommands::set)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.STRING)
            .keysWithNotes("read as well with GET", 1, 0, 1, RW, ACCESS, UPDATE, VARIABLE_FLAGS)
            .keyFinder(SetCommands::keyOfSet)
            .arguments(
                key("key", 0),
                plain("value", "string"),
                oneOf("condition", word("nx", "NX"), word("xx", "XX")).since("2.6.12").asOptional(),
                word("get", "GET").since("6.2.0").asOptional(),
                oneOf(
                        "expiration",
                        plain("seconds", "integer").token("EX").since("2.6.12"),
                        plain("milliseconds", "integer").token("PX").since("2.6.12"),
                        plain("unix-time-seconds", "unix-time").token("EXAT").since("6.2.0"),
                        plain("unix-time-milliseconds", "unix-time").token("PXAT").since("6.2.0"),
                        word("keepttl", "KEEPTTL").since("6.0.0"))
                    .asOptional())
            .build(),
        command("setnx", 3, CommandGroup.STRING, Execution.WRITE, SetCommands::setNx)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, OW, INSERT)
            .arguments(key("key", 0), plain("value", "string"))
            .build(),
        command("setex", 4, CommandGroup.STRING, Execution.WRITE, SetCommands::setEx)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, OW, UPDATE)
            .arguments(key("key", 0), plain("seconds", "integer"), plain("value", "string"))
            .build(),
        command("psetex", 4, CommandGroup.STRING, Execution.WRITE, SetCommands::pSetEx)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, OW, UPDATE)
            .arguments(key("key", 0), plain("milliseconds", "integer"), plain("value", "string"))
            .build(),
        command("getset", 3, CommandGroup.STRING, Execution.WRITE, SetCommands::getSet)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0), plain("value", "string"))
            .build(),
        command("mset", -3, CommandGroup.STRING, Execution.WRITE, SetCommands::mSet)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.STRING)
            .tips("request_policy:multi_shard", "response_policy:all_succeeded")
            .keys(1, -1, 2, OW, UPDATE)
            .arguments(block("key_value", key("key", 0), plain("value", "string")).asMultiple())
            .build(),
        command("msetnx", -3, CommandGroup.STRING, Execution.WRITE, SetCommands::mSetNx)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.STRING)
            .tips("request_policy:multi_shard", "response_policy:agg_min")
            .keys(1, -1, 2, OW, INSERT)
            .arguments(block("key_value", key("key", 0), plain("value", "string")).asMultiple())
            .build(),
        command("get", 2, CommandGroup.STRING, Execution.READ, GetCommands::get)
            .flags(READONLY, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0))
            .build(),
        command("getrange", 4, CommandGroup.STRING, Execution.READ, GetCommands::getRange)
            .flags(READONLY)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0), plain("start", "integer"), plain("end", "integer"))
            .build(),
        command("substr", 4, CommandGroup.STRING, Execution.READ, GetCommands::getRange)
            .flags(READONLY)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0), plain("start", "integer"), plain("end", "integer"))
            .build(),
        command("mget", -2, CommandGroup.STRING, Execution.READ, GetCommands::mGet)
            .flags(READONLY, FAST)
            .categories(AclCategory.STRING)
            .tips("request_policy:multi_shard")
            .keys(1, -1, 1, RO, ACCESS)
            .arguments(key("key", 0).asMultiple())
            .build(),
        command("getdel", 2, CommandGroup.STRING, Execution.WRITE, GetCommands::getDel)
            .flags(WRITE, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .arguments(key("key", 0))
            .build(),
        command("getex", -2, CommandGroup.STRING, Execution.WRITE, GetCommands::getEx)
            .flags(WRITE, FAST)
            .categories(AclCategory.STRING)
            .keysWithNotes("only its deadline changes", 1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(
                key("key", 0),
                oneOf(
                        "expiration",
                        plain("seconds", "integer").token("EX"),
                        plain("milliseconds", "integer").token("PX"),
                        plain("unix-time-seconds", "unix-time").token("EXAT"),
                        plain("unix-time-milliseconds", "unix-time").token("PXAT"),
                        word("persist", "PERSIST"))
                    .asOptional())
            .build(),
        command("strlen", 2, CommandGroup.STRING, Execution.READ, GetCommands::strLen)
            .flags(READONLY, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RO)
            .arguments(key("key", 0))
            .build(),
        command("setrange", 4, CommandGroup.STRING, Execution.WRITE, EditCommands::setRange)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(key("key", 0), plain("offset", "integer"), plain("value", "string"))
            .build(),
        command("append", 3, CommandGroup.STRING, Execution.WRITE, EditCommands::append)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, INSERT)
            .arguments(key("key", 0), plain("value", "string"))
            .build(),
        command("incr", 2, CommandGroup.STRING, Execution.WRITE, NumberCommands::incr)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0))
            .build(),
        command("decr", 2, CommandGroup.STRING, Execution.WRITE, NumberCommands::decr)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0))
            .build(),
        command("incrby", 3, CommandGroup.STRING, Execution.WRITE, NumberCommands::incrBy)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0), plain("increment", "integer"))
            .build(),
        command("decrby", 3, CommandGroup.STRING, Execution.WRITE, NumberCommands::decrBy)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0), plain("decrement", "integer"))
            .build(),
        command("incrbyfloat", 3, CommandGroup.STRING, Execution.WRITE, NumberCommands::incrByFloat)
            .flags(WRITE, DENYOOM, FAST)
            .categories(AclCategory.STRING)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .arguments(key("key", 0), plain("increment", "double"))
            .build(),
        command("lcs", -3, CommandGroup.STRING, Execution.READ, LcsCommand::run)
            .flags(READONLY)
            .categories(AclCategory.STRING)
            .keys(1, 1, 1, RO, ACCESS)
            .arguments(
                key("key1", 0),
                key("key2", 0),
                word("len", "LEN").asOptional(),
                word("idx", "IDX").asOptional(),
                plain("len", "integer").token("MINMATCHLEN").asOptional(),
                word("withmatchlen", "WITHMATCHLEN").asOptional())
            .build());
  }
}
