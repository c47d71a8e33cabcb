package dev.varve.server.command.stream;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.BLOCKING;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.MOVABLEKEYS;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
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
import dev.varve.server.dispatch.KeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** The commands on entries of streams. What Redis tells of them in COMMAND is told here. */
public final class StreamFamily {
  private StreamFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    List<CommandSpec> all = new ArrayList<>();
    all.addAll(changes());
    all.addAll(ranges());
    all.addAll(reads());
    return all;
  }

  static CommandSpec.Builder command(
      String name, int arity, Execution execution, CommandHandler handler) {
    return CommandSpec.command(name, arity, CommandGroup.STREAM, execution, handler)
        .categories(AclCategory.STREAM);
  }

  private static Argument trim() {
    return block(
        "trim",
        oneOf("strategy", word("maxlen", "MAXLEN"), word("minid", "MINID").since("6.2.0")),
        oneOf("operator", word("equal", "="), word("approximately", "~")).asOptional(),
        plain("threshold", "string"),
        plain("count", "integer").token("LIMIT").since("6.2.0").asOptional());
  }

  private static List<CommandSpec> changes() {
    return List.of(
        command("xadd", -5, Execution.WRITE, EntryCommands::add)
            .flags(WRITE, DENYOOM, FAST)
            .tips("nondeterministic_output")
            .keysWithNotes(
                "UPDATE instead of INSERT because of the optional trimming feature",
                1,
                0,
                1,
                RW,
                UPDATE)
            .arguments(
                key("key", 0),
                word("nomkstream", "NOMKSTREAM").since("6.2.0").asOptional(),
                trim().asOptional(),
                oneOf("id_or_auto", word("auto_id", "*"), plain("id", "string")),
                block("field_value", plain("field", "string"), plain("value", "string"))
                    .asMultiple())
            .build(),
        command("xtrim", -4, Execution.WRITE, EntryCommands::trim)
            .flags(WRITE)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RW, DELETE)
            .arguments(key("key", 0), trim())
            .build(),
        command("xdel", -3, Execution.WRITE, EntryCommands::delete)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, DELETE)
            .arguments(key("key", 0), plain("id", "string").asMultiple())
            .build(),
        command("xsetid", -3, Execution.WRITE, EntryCommands::setId)
            .flags(WRITE, DENYOOM, FAST)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(
                key("key", 0),
                plain("last-id", "string"),
                plain("entries_added", "integer").token("ENTRIESADDED").since("7.0.0").asOptional(),
                plain("max_deleted_entry_id", "string")
                    .token("MAXDELETEDID")
                    .since("7.0.0")
                    .asOptional())
            .build(),
        command("xdelex", -5, Execution.WRITE, ReferenceCommands::delete)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, DELETE)
            .arguments(key("key", 0), references(), ids())
            .build());
  }

  static Argument references() {
    return oneOf(
            "condition",
            word("keepref", "KEEPREF"),
            word("delref", "DELREF"),
            word("acked", "ACKED"))
        .asOptional();
  }

  static Argument ids() {
    return block("ids", plain("numids", "integer"), plain("id", "string").asMultiple())
        .token("IDS");
  }

  private static List<CommandSpec> ranges() {
    return List.of(
        command("xlen", 2, Execution.READ, EntryCommands::length)
            .flags(READONLY, FAST)
            .keys(1, 0, 1, RO)
            .arguments(key("key", 0))
            .build(),
        range("xrange", EntryCommands::range)
            .arguments(key("key", 0), plain("start", "string"), plain("end", "string"), count())
            .build(),
        range("xrevrange", EntryCommands::reverseRange)
            .arguments(key("key", 0), plain("end", "string"), plain("start", "string"), count())
            .build());
  }

  private static CommandSpec.Builder range(String name, CommandHandler handler) {
    return command(name, -4, Execution.READ, handler).flags(READONLY).keys(1, 0, 1, RO, ACCESS);
  }

  static Argument count() {
    return plain("count", "integer").token("COUNT").asOptional();
  }

  private static List<CommandSpec> reads() {
    return List.of(
        command("xread", -4, Execution.WRITE, ReadCommands::read)
            .flags(READONLY, BLOCKING, MOVABLEKEYS)
            .keys(
                null,
                new KeySpec.AfterKeyword("STREAMS", 1),
                new KeySpec.InRange(-1, 1, 2),
                RO,
                ACCESS)
            .keyFinder(ReadArguments.keyFinder(Set.of(RO, ACCESS)))
            .arguments(count(), milliseconds(), streams())
            .build(),
        command("xreadgroup", -7, Execution.WRITE, ReadCommands::readGroup)
            .flags(WRITE, BLOCKING, MOVABLEKEYS)
            .keys(
                null,
                new KeySpec.AfterKeyword("STREAMS", 4),
                new KeySpec.InRange(-1, 1, 2),
                RO,
                ACCESS)
            .keyFinder(ReadArguments.keyFinder(Set.of(RO, ACCESS)))
            .arguments(
                block("group_consumer", plain("group", "string"), plain("consumer", "string"))
                    .token("GROUP"),
                count(),
                milliseconds(),
                word("noack", "NOACK").asOptional(),
                streams())
            .build());
  }

  private static Argument milliseconds() {
    return plain("milliseconds", "integer").token("BLOCK").asOptional();
  }

  private static Argument streams() {
    return block("streams", key("key", 0).asMultiple(), plain("id", "string").asMultiple())
        .token("STREAMS");
  }
}
