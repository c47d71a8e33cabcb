package dev.varve.server.command.pubsub;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.GlobPattern;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.datatype.CommandMemory;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.CommandException;
import dev.varve.server.pubsub.Channels;
import dev.varve.server.pubsub.Subscriber;
import dev.varve.server.pubsub.SubscriptionKind;
import dev.varve.server.pubsub.Subscriptions;
import java.util.List;

/**
 * SUBSCRIBE, UNSUBSCRIBE and PUBLISH in all their forms, and PUBSUB. A confirmation is a message,
 * one for each channel.
 *
 * <p>What is published may tell of what the publisher has written, so it is sent when all that has
 * been appended is visible, and never tells of what a crash can take back.
 */
final class PubSubCommands {
  private PubSubCommands() {}

  static void subscribe(CommandContext context) {
    subscribe(context, SubscriptionKind.CHANNEL);
  }

  static void subscribeByPattern(CommandContext context) {
    subscribe(context, SubscriptionKind.PATTERN);
  }

  static void subscribeInShard(CommandContext context) {
    subscribe(context, SubscriptionKind.SHARD_CHANNEL);
  }

  private static void subscribe(CommandContext context, SubscriptionKind kind) {
    Channels channels = context.services().channels();
    Subscriptions subscriptions = context.session().beginSubscriptions();
    Subscriber subscriber = context.services().clients().subscriber(context.session());
    Request request = context.request();
    for (int i = 1; i < request.argumentCount(); i++) {
      byte[] name = request.argumentBytes(i);
      GlobPattern pattern = kind == SubscriptionKind.PATTERN ? new GlobPattern(name, false) : null;
      Channels.Matcher matcher = pattern == null ? null : pattern::matches;
      // Who has hung up subscribes to nothing any more.
      if (subscriber != null && !channels.subscribe(subscriber, kind, name, matcher)) {
        throw new CommandException(CommandMemory.REFUSAL);
      }
      confirm(context.reply(), kind.subscribed(), name, subscriptions.confirmedCount(kind));
    }
  }

  static void unsubscribe(CommandContext context) {
    unsubscribe(context, SubscriptionKind.CHANNEL);
  }

  static void unsubscribeByPattern(CommandContext context) {
    unsubscribe(context, SubscriptionKind.PATTERN);
  }

  static void unsubscribeInShard(CommandContext context) {
    unsubscribe(context, SubscriptionKind.SHARD_CHANNEL);
  }

  private static void unsubscribe(CommandContext context, SubscriptionKind kind) {
    Request request = context.request();
    if (request.argumentCount() == 1) {
      unsubscribeAll(context, kind);
      return;
    }
    for (int i = 1; i < request.argumentCount(); i++) {
      unsubscribe(context, kind, request.argumentBytes(i));
    }
  }

  private static void unsubscribeAll(CommandContext context, SubscriptionKind kind) {
    Subscriptions subscriptions = context.session().beginSubscriptions();
    List<byte[]> names = subscriptions.of(kind);
    if (names.isEmpty()) {
      confirm(context.reply(), kind.unsubscribed(), null, subscriptions.confirmedCount(kind));
    }
    for (byte[] name : names) {
      unsubscribe(context, kind, name);
    }
  }

  private static void unsubscribe(CommandContext context, SubscriptionKind kind, byte[] name) {
    Subscriptions subscriptions = context.session().beginSubscriptions();
    Subscriber subscriber = context.services().clients().subscriber(context.session());
    if (subscriber != null) {
      context.services().channels().unsubscribe(subscriber, kind, name);
    }
    confirm(context.reply(), kind.unsubscribed(), name, subscriptions.confirmedCount(kind));
  }

  private static void confirm(ReplySink reply, String word, byte[] name, int count) {
    reply.pushHeader(3);
    reply.bulk(word);
    if (name == null) {
      reply.nullBulk();
    } else {
      reply.bulk(name);
    }
    reply.integer(count);
  }

  static void publish(CommandContext context) {
    publish(context, SubscriptionKind.CHANNEL);
  }

  static void publishInShard(CommandContext context) {
    publish(context, SubscriptionKind.SHARD_CHANNEL);
  }

  private static void publish(CommandContext context, SubscriptionKind kind) {
    Request request = context.request();
    long sequence = context.services().storage().appendedSequence();
    Channels channels = context.services().channels();
    byte[] channel = request.argumentBytes(1);
    byte[] payload = request.argumentBytes(2);
    if (context.isWithinScript()) {
      // It goes out once the script counts, after what that has written.
      context.reply().integer(channels.receivers(kind, channel));
      context.effect(
          () ->
              channels.publish(
                  kind, channel, payload, context.services().storage().appendedSequence()));
    } else {
      context.reply().integer(channels.publish(kind, channel, payload, sequence));
    }
  }

  static void channels(CommandContext context) {
    names(context, SubscriptionKind.CHANNEL);
  }

  static void shardChannels(CommandContext context) {
    names(context, SubscriptionKind.SHARD_CHANNEL);
  }

  private static void names(CommandContext context, SubscriptionKind kind) {
    Request request = context.request();
    Channels.Matcher matcher =
        switch (request.argumentCount()) {
          case 2 -> null;
          case 3 -> new GlobPattern(request.argumentBytes(2), false)::matches;
          default -> throw Errors.subcommand(context);
        };
    List<byte[]> names = context.services().channels().names(kind, matcher);
    context.reply().arrayHeader(names.size());
    names.forEach(context.reply()::bulk);
  }

  static void subscribers(CommandContext context) {
    subscribers(context, SubscriptionKind.CHANNEL);
  }

  static void shardSubscribers(CommandContext context) {
    subscribers(context, SubscriptionKind.SHARD_CHANNEL);
  }

  private static void subscribers(CommandContext context, SubscriptionKind kind) {
    Request request = context.request();
    context.reply().arrayHeader(2 * (request.argumentCount() - 2));
    for (int i = 2; i < request.argumentCount(); i++) {
      byte[] name = request.argumentBytes(i);
      context.reply().bulk(name);
      context.reply().integer(context.services().channels().subscribers(kind, name));
    }
  }

  static void patterns(CommandContext context) {
    context.reply().integer(context.services().channels().count(SubscriptionKind.PATTERN));
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "CHANNELS [<pattern>]",
        "    List the channels that somebody subscribes to (whose names match the pattern).",
        "NUMPAT",
        "    Tell how many patterns somebody subscribes by.",
        "NUMSUB [<channel> ...]",
        "    Tell how many subscribe to each of the channels by its name.",
        "SHARDCHANNELS [<pattern>]",
        "    List the shard channels that somebody subscribes to (whose names match the pattern).",
        "SHARDNUMSUB [<shardchannel> ...]",
        "    Tell how many subscribe to each of the shard channels.");
  }
}
