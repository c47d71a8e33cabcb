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
        .subcommands(
            ofGroup("create", -5, GroupCommands::create, INSERT)
                .flags(WRITE, DENYOOM)
                .arguments(
                    key("key", 0),
                    plain("groupname", "string"),
                    newId(),
                    word("mkstream", "MKSTREAM").asOptional(),
                    entriesRead()),
            ofGroup("createconsumer", 5, GroupCommands::createConsumer, INSERT)
                .flags(WRITE, DENYOOM)
                .arguments(
                    key("key", 0), plain("groupname", "string"), plain("consumername", "string")),
            ofGroup("delconsumer", 5, GroupCommands::deleteConsumer, DELETE)
                .flags(WRITE)
                .arguments(
                    key("key", 0), plain("groupname", "string"), plain("consumername", "string")),
            ofGroup("destroy", 4, GroupCommands::destroy, DELETE)
                .flags(WRITE)
                .arguments(key("key", 0), plain("groupname", "string")),
            command("help", 2, Execution.LOOP, GroupCommands::help).flags(LOADING, STALE),
            ofGroup("setid", -5, GroupCommands::setId, UPDATE)
                .flags(WRITE)
                .arguments(key("key", 0), plain("groupname", "string"), newId(), entriesRead()))
        .build();
  }

  private static CommandSpec.Builder about(String name, int arity, CommandHandler handler) {
    return command(name, arity, Execution.READ, handler).flags(READONLY).keys(2, 0, 1, RO, ACCESS);
  }

  private static CommandSpec info() {
    return CommandSpec.command("xinfo", -2, CommandGroup.STREAM, Execution.READ, null)
        .subcommands(
            about("consumers", 4, InfoCommands::consumers)
                .tips("nondeterministic_output")
                .arguments(key("key", 0), plain("groupname", "string")),
            about("groups", 3, InfoCommands::groups).arguments(key("key", 0)),
            command("help", 2, Execution.LOOP, InfoCommands::help).flags(LOADING, STALE),
            about("stream", -3, InfoCommands::stream)
                .arguments(
                    key("key", 0), block("full", StreamFamily.count()).token("FULL").asOptional()))
        .build();
  }

  private static List<CommandSpec> pending() {
    return List.of(
        command("xack", -4, Execution.WRITE, PendingCommands::acknowledge)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, UPDATE)
            .arguments(key("key", 0), plain("group", "string"), plain("id", "string").asMultiple())
            .build(),
        command("xackdel", -6, Execution.WRITE, ReferenceCommands::acknowledgeAndDelete)
            .flags(WRITE, FAST)
            .keys(1, 0, 1, RW, DELETE)
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
