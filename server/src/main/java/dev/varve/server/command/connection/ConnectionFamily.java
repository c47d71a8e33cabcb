package dev.varve.server.command.connection;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.oneOf;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.Argument.word;
import static dev.varve.server.dispatch.CommandFlag.ADMIN;
import static dev.varve.server.dispatch.CommandFlag.ALLOW_BUSY;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.NO_AUTH;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.dispatch.AclCategory;
import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import java.util.List;

/** The commands on connections. What Redis tells of them in COMMAND is told here. */
public final class ConnectionFamily {
  private ConnectionFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("ping", -1, CommandGroup.CONNECTION, Execution.LOOP, Greetings::ping)
            .flags(FAST)
            .categories(AclCategory.CONNECTION)
            .tips("request_policy:all_shards", "response_policy:all_succeeded")
            .arguments(plain("message", "string").asOptional())
            .build(),
        command("echo", 2, CommandGroup.CONNECTION, Execution.LOOP, Greetings::echo)
            .flags(LOADING, STALE, FAST)
            .categories(AclCategory.CONNECTION)
            .arguments(plain("message", "string"))
            .build(),
        command("hello", -1, CommandGroup.CONNECTION, Execution.LOOP, Greetings::hello)
            .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
            .categories(AclCategory.CONNECTION)
            .arguments(
                block(
                        "arguments",
                        plain("protover", "integer"),
                        block(
                                "username_password",
                                plain("username", "string"),
                                plain("password", "string"))
                            .token("AUTH")
                            .asOptional(),
                        plain("clientname", "string").token("SETNAME").asOptional())
                    .asOptional())
            .build(),
        command("auth", -2, CommandGroup.CONNECTION, Execution.LOOP, Greetings::auth)
            .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
            .categories(AclCategory.CONNECTION)
            .arguments(
                plain("username", "string").since("6.0.0").asOptional(),
                plain("password", "string"))
            .build(),
        command("select", 2, CommandGroup.CONNECTION, Execution.LOOP, Greetings::select)
            .flags(LOADING, STALE, FAST)
            .categories(AclCategory.CONNECTION)
            .arguments(plain("index", "integer"))
            .build(),
        command("quit", -1, CommandGroup.CONNECTION, Execution.LOOP, Greetings::quit)
            .flags(ALLOW_BUSY, NOSCRIPT, LOADING, STALE, FAST, NO_AUTH)
            .categories(AclCategory.CONNECTION)
            .build(),
        command("reset", 1, CommandGroup.CONNECTION, Execution.LOOP, Greetings::reset)
            .flags(NOSCRIPT, LOADING, STALE, FAST, NO_AUTH, ALLOW_BUSY)
            .categories(AclCategory.CONNECTION)
            .build(),
        command("client", -2, CommandGroup.CONNECTION, Execution.LOOP, null)
            .subcommands(
                command("id", 2, CommandGroup.CONNECTION, Execution.LOOP, ClientCommand::id)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command("info", 2, CommandGroup.CONNECTION, Execution.LOOP, ClientCommand::info)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .tips("nondeterministic_output"),
                command("list", -2, CommandGroup.CONNECTION, Execution.LOOP, ClientCommand::list)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .tips("nondeterministic_output")
                    .arguments(
                        oneOf(
                                "normal_master_replica_pubsub",
                                word("normal", "NORMAL"),
                                word("master", "MASTER"),
                                word("replica", "REPLICA"),
                                word("pubsub", "PUBSUB"))
                            .token("TYPE")
                            .since("5.0.0")
                            .asOptional(),
                        block("id", plain("client-id", "integer").asMultiple())
                            .token("ID")
                            .since("6.2.0")
                            .asOptional()),
                command(
                        "setname",
                        3,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientCommand::setName)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(plain("connection-name", "string")),
                command(
                        "getname",
                        2,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientCommand::getName)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command(
                        "setinfo",
                        4,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientCommand::setInfo)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(
                        oneOf(
                            "attr",
                            plain("libname", "string").token("lib-name"),
                            plain("libver", "string").token("lib-ver"))),
                command("kill", -3, CommandGroup.CONNECTION, Execution.LOOP, ClientKill::execute)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(
                        oneOf(
                            "filter",
                            plain("ip:port", "string").deprecatedSince("2.8.12"),
                            oneOf(
                                    "new-format",
                                    plain("client-id", "integer")
                                        .token("ID")
                                        .since("2.8.12")
                                        .asOptional(),
                                    oneOf(
                                            "normal_master_slave_pubsub",
                                            word("normal", "NORMAL"),
                                            word("master", "MASTER").since("3.2.0"),
                                            word("slave", "SLAVE"),
                                            word("replica", "REPLICA").since("5.0.0"),
                                            word("pubsub", "PUBSUB"))
                                        .token("TYPE")
                                        .since("2.8.12")
                                        .asOptional(),
                                    plain("username", "string").token("USER").asOptional(),
                                    plain("ip:port", "string").token("ADDR").asOptional(),
                                    plain("ip:port", "string")
                                        .token("LADDR")
                                        .since("6.2.0")
                                        .asOptional(),
                                    plain("yes/no", "string").token("SKIPME").asOptional())
                                .asMultiple())),
                command("reply", 3, CommandGroup.CONNECTION, Execution.LOOP, ClientCommand::reply)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(
                        oneOf(
                            "on_off_skip",
                            word("on", "ON"),
                            word("off", "OFF"),
                            word("skip", "SKIP"))),
                command(
                        "no-evict",
                        3,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientCommand::noEvict)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(oneOf("enabled", word("on", "ON"), word("off", "OFF"))),
                command(
                        "no-touch",
                        3,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientCommand::noTouch)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(oneOf("enabled", word("on", "ON"), word("off", "OFF"))),
                command("pause", -3, CommandGroup.CONNECTION, Execution.LOOP, ClientWaiting::pause)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(
                        plain("timeout", "integer"),
                        oneOf("mode", word("write", "WRITE"), word("all", "ALL"))
                            .since("6.2.0")
                            .asOptional()),
                command(
                        "unpause",
                        2,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientWaiting::unpause)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command(
                        "unblock",
                        -3,
                        CommandGroup.CONNECTION,
                        Execution.WRITE,
                        ClientWaiting::unblock)
                    .flags(ADMIN, NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(
                        plain("client-id", "integer"),
                        oneOf("timeout_error", word("timeout", "TIMEOUT"), word("error", "ERROR"))
                            .asOptional()),
                command(
                        "tracking",
                        -3,
                        CommandGroup.CONNECTION,
                        Execution.WRITE,
                        ClientTracking::tracking)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(
                        oneOf("status", word("on", "ON"), word("off", "OFF")),
                        plain("client-id", "integer").token("REDIRECT").asOptional(),
                        plain("prefix", "string")
                            .token("PREFIX")
                            .asOptional()
                            .asMultipleWithToken(),
                        word("bcast", "BCAST").asOptional(),
                        word("optin", "OPTIN").asOptional(),
                        word("optout", "OPTOUT").asOptional(),
                        word("noloop", "NOLOOP").asOptional()),
                command(
                        "caching",
                        3,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientTracking::caching)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION)
                    .arguments(oneOf("mode", word("yes", "YES"), word("no", "NO"))),
                command(
                        "getredir",
                        2,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientTracking::redirect)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command(
                        "trackinginfo",
                        2,
                        CommandGroup.CONNECTION,
                        Execution.LOOP,
                        ClientTracking::info)
                    .flags(NOSCRIPT, LOADING, STALE)
                    .categories(AclCategory.CONNECTION),
                command("help", 2, CommandGroup.CONNECTION, Execution.LOOP, ClientCommand::help)
                    .flags(LOADING, STALE)
                    .categories(AclCategory.CONNECTION))
            .build());
  }
}
