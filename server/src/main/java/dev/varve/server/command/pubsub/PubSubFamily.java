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
            .docs(
                "2.0.0",
                "Sends a message to those who subscribe to a channel.",
                "O(n + m) for n subscribers of the channel and m patterns of all")
            .arguments(plain("channel", "string"), plain("message", "string"))
            .build(),
        command("spublish", 3, GROUP, Execution.LOOP, PubSubCommands::publishInShard)
            .flags(PUBSUB, LOADING, STALE, FAST)
            .replicating(_ -> true)
            .keys(1, 0, 1, KeyFlag.NOT_KEY)
            .docs(
                "7.0.0",
                "Sends a message to those who subscribe to a shard channel.",
                "O(n) for n subscribers")
            .arguments(plain("shardchannel", "string"), plain("message", "string"))
            .build(),
        subscribing("subscribe", -2, PubSubCommands::subscribe)
            .docs("2.0.0", "Subscribes to channels.", "O(n) for n channels")
            .arguments(plain("channel", "string").asMultiple())
            .build(),
        subscribing("unsubscribe", -1, PubSubCommands::unsubscribe)
            .docs("2.0.0", "Ends subscriptions to channels, or to all.", "O(n) for n channels")
            .arguments(plain("channel", "string").asOptional().asMultiple())
            .build(),
        subscribing("psubscribe", -2, PubSubCommands::subscribeByPattern)
            .docs(
                "2.0.0",
                "Subscribes to channels whose names match patterns.",
                "O(n) for n patterns")
            .arguments(block("pattern", plain("pattern", "pattern")).asMultiple())
            .build(),
        subscribing("punsubscribe", -1, PubSubCommands::unsubscribeByPattern)
            .docs("2.0.0", "Ends subscriptions by patterns, or by all.", "O(n) for n patterns")
            .arguments(plain("pattern", "pattern").asOptional().asMultiple())
            .build(),
        subscribing("ssubscribe", -2, PubSubCommands::subscribeInShard)
            .keys(1, -1, 1, KeyFlag.NOT_KEY)
            .docs("7.0.0", "Subscribes to shard channels.", "O(n) for n channels")
            .arguments(plain("shardchannel", "string").asMultiple())
            .build(),
        subscribing("sunsubscribe", -1, PubSubCommands::unsubscribeInShard)
            .keys(1, -1, 1, KeyFlag.NOT_KEY)
            .docs(
                "7.0.0", "Ends subscriptions to shard channels, or to all.", "O(n) for n channels")
            .arguments(plain("shardchannel", "string").asOptional().asMultiple())
            .build(),
        command("pubsub", -2, GROUP, Execution.LOOP, null)
            .docs("2.8.0", "Commands about channels and their subscribers.", "See each")
            .subcommands(
                telling("channels", -2, PubSubCommands::channels)
                    .docs("2.8.0", "Lists channels with subscribers.", "O(n) for n channels")
                    .arguments(plain("pattern", "pattern").asOptional()),
                telling("numpat", 2, PubSubCommands::patterns)
                    .docs("2.8.0", "Tells how many patterns are subscribed by.", "O(1)"),
                telling("numsub", -2, PubSubCommands::subscribers)
                    .docs("2.8.0", "Tells how many subscribe to channels.", "O(n) for n channels")
                    .arguments(plain("channel", "string").asOptional().asMultiple()),
                telling("shardchannels", -2, PubSubCommands::shardChannels)
                    .docs("7.0.0", "Lists shard channels with subscribers.", "O(n) for n channels")
                    .arguments(plain("pattern", "pattern").asOptional()),
                telling("shardnumsub", -2, PubSubCommands::shardSubscribers)
                    .docs(
                        "7.0.0",
                        "Tells how many subscribe to shard channels.",
                        "O(n) for n channels")
                    .arguments(plain("shardchannel", "string").asOptional().asMultiple()),
                command("help", 2, GROUP, Execution.LOOP, PubSubCommands::help)
                    .flags(LOADING, STALE)
                    .docs("6.2.0", "Lists the subcommands.", "O(1)"))
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
