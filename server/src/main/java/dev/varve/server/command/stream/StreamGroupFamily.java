package dev.varve.server.command.stream;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.key;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.DENYOOM;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.READONLY;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandFlag.WRITE;
import static dev.varve.server.dispatch.KeyFlag.ACCESS;
import static dev.varve.server.dispatch.KeyFlag.DELETE;
import static dev.varve.server.dispatch.KeyFlag.INSERT;
import static dev.varve.server.dispatch.KeyFlag.RO;
import static dev.varve.server.dispatch.KeyFlag.RW;
import static dev.varve.server.dispatch.KeyFlag.UPDATE;

import dev.varve.server.dispatch.Argument;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeyFlag;
import java.util.ArrayList;
import java.util.List;

/** The commands on groups of streams. What Redis tells of them in COMMAND is told here. */
public final class StreamGroupFamily {
  private StreamGroupFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    List<CommandSpec> all = new ArrayList<>();
    all.add(groups());
    all.add(info());
    all.addAll(pending());
    all.addAll(claims());
    return all;
  }

  private static CommandSpec.Builder command(
      String name, int arity, Execution execution, CommandHandler handler) {
    return StreamFamily.command(name, arity, execution, handler);
  }

  private static CommandSpec.Builder ofGroup(
      String name, int arity, CommandHandler handler, KeyFlag flag) {
    return command(name, arity, Execution.WRITE, handler).keys(2, 0, 1, RW, flag);
  }

  private static Argument newId() {
    return oneOf("id", plain("id", "string"), word("new_id", "$"));
  }

  private static Argument entriesRead() {
    return plain("entries_read", "integer").token("ENTRIESREAD").asOptional();
  }

  private static CommandSpec groups() {
    return CommandSpec.command("xgroup", -2, CommandGroup.STREAM, Execution.WRITE, null)
        .docs("5.0.0", "Commands about groups.", "Depends on subcommand.")
        .subcommands(
            ofGroup("create", -5, GroupCommands::create, INSERT)
                .flags(WRITE, DENYOOM)
                .docs("5.0.0", "Makes a group.", "O(1)")
                .changed("7.0.0", "ENTRIESREAD is new.")
                .arguments(
                    key("key", 0),
                    plain("groupname", "string"),
                    newId(),
                    word("mkstream", "MKSTREAM").asOptional(),
                    entriesRead()),
            ofGroup("createconsumer", 5, GroupCommands::createConsumer, INSERT)
                .flags(WRITE, DENYOOM)
                .docs("6.2.0", "Makes a consumer.", "O(1)")
                .arguments(
                    key("key", 0), plain("groupname", "string"), plain("consumername", "string")),
            ofGroup("delconsumer", 5, GroupCommands::deleteConsumer, DELETE)
                .flags(WRITE)
                .docs("5.0.0", "Removes a consumer.", "O(n) for n entries that it has pending")
                .arguments(
                    key("key", 0), plain("groupname", "string"), plain("consumername", "string")),
            ofGroup("destroy", 4, GroupCommands::destroy, DELETE)
                .flags(WRITE)
                .docs("5.0.0", "Removes a group.", "O(1)")
                .arguments(key("key", 0), plain("groupname", "string")),
            command("help", 2, Execution.LOOP, GroupCommands::help)
                .flags(LOADING, STALE)
                .docs("5.0.0", "Lists the subcommands.", "O(1)"),
            ofGroup("setid", -5, GroupCommands::setId, UPDATE)
                .flags(WRITE)
                .docs("5.0.0", "Sets the id behind which a group is given entries.", "O(1)")
                .changed("7.0.0", "ENTRIESREAD is new.")
                .arguments(key("key", 0), plain("groupname", "string"), newId(), entriesRead()))
        .build();
  }

  private static CommandSpec.Builder about(String name, int arity, CommandHandler handler) {
    return command(name, arity, Execution.READ, handler).flags(READONLY).keys(2, 0, 1, RO, ACCESS);
  }

  private static CommandSpec info() {
    return CommandSpec.command("xinfo", -2, CommandGroup.STREAM, Execution.READ, null)
        .docs("5.0.0", "Commands that tell of streams.", "Depends on subcommand.")
        .subcommands(
            about("consumers", 4, InfoCommands::consumers)
                .tips("nondeterministic_output")
                .docs("5.0.0", "Tells of a group's consumers.", "O(n) for n of them")
                .arguments(key("key", 0), plain("groupname", "string")),
            about("groups", 3, InfoCommands::groups)
                .docs("5.0.0", "Tells of a stream's groups.", "O(n) for n of them")
                .changed("7.0.0", "entries-read and lag are new.")
                .arguments(key("key", 0)),
            command("help", 2, Execution.LOOP, InfoCommands::help)
                .flags(LOADING, STALE)
                .docs("5.0.0", "Lists the subcommands.", "O(1)"),
            about("stream", -3, InfoCommands::stream)
                .docs("5.0.0", "Tells of a stream.", "O(1); O(n) for n entries in full")
                .changed("6.0.0", "FULL is new.")
                .changed("7.0.0", "What tells of added and deleted entries is new.")
                .arguments(
                    key("key", 0), block("full", StreamFamily.count()).token("FULL").asOptional()))
        .build();
  }

  private static List<CommandSpec> pending() {
    return List.of(
        command("xack", -4, Execution.WRITE, PendingCommands::acknowledge)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, UPDATE)
            .docs("5.0.0", "Has entries pending no more.", "O(n) for n ids")
            .arguments(key("key", 0), plain("group", "string"), plain("id", "string").asMultiple())
            .build(),
        command("xackdel", -6, Execution.WRITE, ReferenceCommands::acknowledgeAndDelete)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, DELETE)
            .docs(
                "8.2.0",
                "As XACK; deletes the entries, too, with regard for groups that refer to them.",
                "O(n m) for n ids and m groups")
            .arguments(
                key("key", 0),
                plain("group", "string"),
                StreamFamily.references(),
                StreamFamily.ids())
            .build(),
        command("xpending", -3, Execution.READ, PendingCommands::pending)
            .flags(READONLY)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RO, ACCESS)
            .docs("5.0.0", "Tells what is pending in a group.", "O(n) for n entries")
            .changed("6.2.0", "IDLE is new; either end may be left out of the range.")
            .arguments(
                key("key", 0),
                plain("group", "string"),
                block(
                        "filters",
                        plain("min-idle-time", "integer").token("IDLE").since("6.2.0").asOptional(),
                        plain("start", "string"),
                        plain("end", "string"),
                        plain("count", "integer"),
                        plain("consumer", "string").asOptional())
                    .asOptional())
            .build());
  }

  private static List<CommandSpec> claims() {
    return List.of(
        command("xclaim", -6, Execution.WRITE, ClaimCommands::claim)
            .flags(WRITE, FAST)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RW, UPDATE)
            .docs("5.0.0", "Gives pending entries to another consumer.", "O(n) for n ids")
            .arguments(
                key("key", 0),
                plain("group", "string"),
                plain("consumer", "string"),
                plain("min-idle-time", "string"),
                plain("id", "string").asMultiple(),
                plain("ms", "integer").token("IDLE").asOptional(),
                plain("unix-time-milliseconds", "unix-time").token("TIME").asOptional(),
                plain("count", "integer").token("RETRYCOUNT").asOptional(),
                word("force", "FORCE").asOptional(),
                word("justid", "JUSTID").asOptional(),
                plain("id", "string").token("LASTID").asOptional())
            .build(),
        command("xautoclaim", -6, Execution.WRITE, ClaimCommands::autoClaim)
            .flags(WRITE, FAST)
            .tips("nondeterministic_output")
            .keys(1, 0, 1, RW, DELETE)
            .docs("6.2.0", "Gives entries that are pending for long to a consumer.", "O(1)")
            .changed("7.0.0", "What is pending and was deleted is told, and forgotten.")
            .arguments(
                key("key", 0),
                plain("group", "string"),
                plain("consumer", "string"),
                plain("min-idle-time", "string"),
                plain("start", "string"),
                plain("count", "integer").token("COUNT").asOptional(),
                word("justid", "JUSTID").asOptional())
            .build());
  }
}
