package dev.varve.server.command.pubsub;

import static dev.varve.server.dispatch.Argument.block;
import static dev.varve.server.dispatch.Argument.plain;
import static dev.varve.server.dispatch.CommandFlag.FAST;
import static dev.varve.server.dispatch.CommandFlag.LOADING;
import static dev.varve.server.dispatch.CommandFlag.NOSCRIPT;
import static dev.varve.server.dispatch.CommandFlag.PUBSUB;
import static dev.varve.server.dispatch.CommandFlag.STALE;
import static dev.varve.server.dispatch.CommandSpec.command;

import dev.varve.server.dispatch.CommandGroup;
import dev.varve.server.dispatch.CommandHandler;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Execution;
import dev.varve.server.dispatch.KeyFlag;
import java.util.List;

/** The commands that publish and subscribe. */
public final class PubSubFamily {
  private static final CommandGroup GROUP = CommandGroup.PUBSUB;

  private PubSubFamily() {}

  /** Returns the commands. */
  public static List<CommandSpec> commands() {
    return List.of(
        command("publish", 3, GROUP, Execution.LOOP, PubSubCommands::publish)
            .flags(PUBSUB, LOADING, STALE, FAST)
            .replicating(_ -> true)
            .arguments(plain("channel", "string"), plain("message", "string"))
            .build(),
        command("spublish", 3, GROUP, Execution.LOOP, PubSubCommands::publishInShard)
            .flags(PUBSUB, LOADING, STALE, FAST)
            .replicating(_ -> true)
            .keys(1, 0, 1, KeyFlag.NOT_KEY)
            .arguments(plain("shardchannel", "string"), plain("message", "string"))
            .build(),
        subscribing("subscribe", -2, PubSubCommands::subscribe)
            .arguments(plain("channel", "string").asMultiple())
            .build(),
        subscribing("unsubscribe", -1, PubSubCommands::unsubscribe)
            .arguments(plain("channel", "string").asOptional().asMultiple())
            .build(),
        subscribing("psubscribe", -2, PubSubCommands::subscribeByPattern)
            .arguments(block("pattern", plain("pattern", "pattern")).asMultiple())
            .build(),
        subscribing("punsubscribe", -1, PubSubCommands::unsubscribeByPattern)
            .arguments(plain("pattern", "pattern").asOptional().asMultiple())
            .build(),
        subscribing("ssubscribe", -2, PubSubCommands::subscribeInShard)
            .keys(1, -1, 1, KeyFlag.NOT_KEY)
            .arguments(plain("shardchannel", "string").asMultiple())
            .build(),
        subscribing("sunsubscribe", -1, PubSubCommands::unsubscribeInShard)
            .keys(1, -1, 1, KeyFlag.NOT_KEY)
            .arguments(plain("shardchannel", "string").asOptional().asMultiple())
            .build(),
        command("pubsub", -2, GROUP, Execution.LOOP, null)
            .subcommands(
                telling("channels", -2, PubSubCommands::channels)
                    .arguments(plain("pattern", "pattern").asOptional()),
                telling("numpat", 2, PubSubCommands::patterns),
                telling("numsub", -2, PubSubCommands::subscribers)
                    .arguments(plain("channel", "string").asOptional().asMultiple()),
                telling("shardchannels", -2, PubSubCommands::shardChannels)
                    .arguments(plain("pattern", "pattern").asOptional()),
                telling("shardnumsub", -2, PubSubCommands::shardSubscribers)
                    .arguments(plain("shardchannel", "string").asOptional().asMultiple()),
                command("help", 2, GROUP, Execution.LOOP, PubSubCommands::help)
                    .flags(LOADING, STALE))
            .build());
  }

  private static CommandSpec.Builder subscribing(String name, int arity, CommandHandler handler) {
    return command(name, arity, GROUP, Execution.OWN_LOOP, handler)
        .flags(PUBSUB, NOSCRIPT, LOADING, STALE);
  }

  private static CommandSpec.Builder telling(String name, int arity, CommandHandler handler) {
    return command(name, arity, GROUP, Execution.LOOP, handler).flags(PUBSUB, LOADING, STALE);
  }
}
