package dev.varve.server.command.bits;

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
import static dev.varve.server.dispatch.KeyFlag.OW;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;
import static dev.varve.server.dispatch.KeyFlag.VARIABLE_FLAGS;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on bits. What Redis tells of them in COMMAND is told here. */
public final class BitFamily {
  private BitFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("setbit", 4, CommandGroup.BITMAP, Execution.WRITE, BitCommands::setBit)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.BITMAP)
            .keys(1, 0, 1, RW, ACCESS, UPDATE)
            .bitOffset(2)
            .arguments(key("key", 0), plain("offset", "integer"), plain("value", "integer"))
            .build(),
        command("getbit", 3, CommandGroup.BITMAP, Execution.READ, BitCommands::getBit)
            .flags(READONLY, FAST)
            .categories(AclCategory.BITMAP)
            .keys(1, 0, 1, RO, ACCESS)
            .bitOffset(2)
            .arguments(key("key", 0), plain("offset", "integer"))
            .build(),
        command("bitcount", -2, CommandGroup.BITMAP, Execution.READ, BitCommands::count)
            .flags(READONLY)
            .categories(AclCategory.BITMAP)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                block("index", plain("start", "integer"), plain("end", "integer"), unit())
                    .asOptional())
            .build(),
        command("bitpos", -3, CommandGroup.BITMAP, Execution.READ, BitCommands::position)
            .flags(READONLY)
            .categories(AclCategory.BITMAP)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(
                key("key", 0),
                plain("bit", "integer"),
                block(
                        "index",
                        plain("start", "integer"),
                        block("end_index", plain("end", "integer"), unit()).asOptional())
                    .asOptional())
            .build(),
        command("bitop", -4, CommandGroup.BITMAP, Execution.WRITE, BitOperation::run)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.BITMAP)
            .keys(2, 0, 1, OW, UPDATE)
            .keys(3, -1, 1, RO, ACCESS)
            .arguments(plain("operation", "string"), key("destkey", 0), key("key", 1).asMultiple())
            .build(),
        command("bitfield", -2, CommandGroup.BITMAP, Execution.WRITE, BitFieldCommand::readAndWrite)
            .flags(WRITE, DENYOOM)
            .categories(AclCategory.BITMAP)
            .keysWithNotes(
                "its steps say whether it is changed", 1, 0, 1, RW, ACCESS, UPDATE, VARIABLE_FLAGS)
            .keyFinder(BitFieldCommand::keyOf)
            .arguments(
                key("key", 0), oneOf("operation", read(), written()).asMultiple().asOptional())
            .build(),
        command("bitfield_ro", -2, CommandGroup.BITMAP, Execution.READ, BitFieldCommand::readOnly)
            .flags(READONLY, FAST)
            .categories(AclCategory.BITMAP)
            .keys(1, 0, 1, RO, ACCESS)
            .arguments(key("key", 0), read().asOptional().asMultipleWithToken())
            .build());
  }

  private static Argument unit() {
    return oneOf("index_unit", word("byte", "BYTE"), word("bit", "BIT"))
        .since("7.0.0")
        .asOptional();
  }

  private static Argument read() {
    return block("encoding_offset", plain("encoding", "string"), plain("offset", "integer"))
        .token("GET");
  }

  private static Argument written() {
    return block(
        "write",
        oneOf("wrap_sat_fail", word("wrap", "WRAP"), word("sat", "SAT"), word("fail", "FAIL"))
            .token("OVERFLOW")
            .asOptional(),
        oneOf(
            "write_operation",
            block(
                    "encoding_offset_value",
                    plain("encoding", "string"),
                    plain("offset", "integer"),
                    plain("value", "integer"))
                .token("SET"),
            block(
                    "encoding_offset_increment",
                    plain("encoding", "string"),
                    plain("offset", "integer"),
                    plain("increment", "integer"))
                .token("INCRBY")));
  }
}
