package dev.varve.server.command.hash;

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
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on fields of hashes that expire: of Redis 7.4, and of 8.0. */
public final class FieldFamily {
  private static final Argument FIELDS =
      block("fields", plain("numfields", "integer"), plain("field", "string").asMultiple())
          .token("FIELDS");

  private FieldFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        expire("hexpire", plain("seconds", "integer"), FieldDeadlineCommands::expire),
        expire("hpexpire", plain("milliseconds", "integer"), FieldDeadlineCommands::pExpire),
        expire(
            "hexpireat", plain("unix-time-seconds", "unix-time"), FieldDeadlineCommands::expireAt),
        expire(
            "hpexpireat",
            plain("unix-time-milliseconds", "unix-time"),
            FieldDeadlineCommands::pExpireAt),
        ask("httl", FieldDeadlineCommands::ttl),
        ask("hpttl", FieldDeadlineCommands::pTtl),
        ask("hexpiretime", FieldDeadlineCommands::expireTime),
        ask("hpexpiretime", FieldDeadlineCommands::pExpireTime),
        command("hpersist", -5, CommandGroup.HASH, Execution.WRITE, FieldDeadlineCommands::persist)
            .flags(WRITE, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(key("key", 0), FIELDS)
            .build(),
        getEx(),
        setEx(),
        command("hgetdel", -5, CommandGroup.HASH, Execution.WRITE, FieldExCommands::getDel)
            .flags(WRITE, FAST)
            .categories(AclCategory.HASH)
            .keys(1, 0, 1, RW, ACCESS, DELETE)
            .arguments(key("key", 0), FIELDS)
            .build());
  }

  private static CommandSpec expire(String name, Argument time, CommandHandler handler) {
    return command(name, -6, CommandGroup.HASH, Execution.WRITE, handler)
        .flags(WRITE, DENYOOM, FAST)
        .categories(AclCategory.HASH)
        .keys(1, 0, 1, RW, UPDATE)
        .arguments(
            key("key", 0),
            time,
            oneOf(
                    "condition",
                    word("nx", "NX"),
                    word("xx", "XX"),
                    word("gt", "GT"),
                    word("lt", "LT"))
                .asOptional(),
            FIELDS)
        .build();
  }

  private static CommandSpec ask(String name, CommandHandler handler) {
    return command(name, -5, CommandGroup.HASH, Execution.READ, handler)
        .flags(READONLY, FAST)
        .categories(AclCategory.HASH)
        .keys(1, 0, 1, RO, ACCESS)
        .arguments(key("key", 0), FIELDS)
        .build();
  }

  private static CommandSpec getEx() {
    return command("hgetex", -5, CommandGroup.HASH, Execution.WRITE, FieldExCommands::getEx)
        .flags(WRITE, FAST)
        .categories(AclCategory.HASH)
        .keysWithNotes("only deadlines change", 1, 0, 1, RW, ACCESS, UPDATE)
        .arguments(key("key", 0), expiration(word("persist", "PERSIST")), FIELDS)
        .build();
  }

  private static CommandSpec setEx() {
    Argument pairs =
        block(
                "fields",
                plain("numfields", "integer"),
                block("data", plain("field", "string"), plain("value", "string")).asMultiple())
            .token("FIELDS");
    return command("hsetex", -6, CommandGroup.HASH, Execution.WRITE, FieldExCommands::setEx)
        .flags(WRITE, DENYOOM, FAST)
        .categories(AclCategory.HASH)
        .keys(1, 0, 1, RW, UPDATE)
        .arguments(
            key("key", 0),
            oneOf("condition", word("fnx", "FNX"), word("fxx", "FXX")).asOptional(),
            expiration(word("keepttl", "KEEPTTL")),
            pairs)
        .build();
  }

  private static Argument expiration(Argument other) {
    return oneOf(
            "expiration",
            plain("seconds", "integer").token("EX"),
            plain("milliseconds", "integer").token("PX"),
            plain("unix-time-seconds", "unix-time").token("EXAT"),
            plain("unix-time-milliseconds", "unix-time").token("PXAT"),
            other)
        .asOptional();
  }
}
