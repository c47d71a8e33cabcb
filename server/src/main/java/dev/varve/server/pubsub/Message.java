package dev.varve.server.pubsub;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/**
 * What was published, as those get it who subscribe to one channel or by one pattern: encoded once
 * for all of them. Safe for use by many threads.
 */
public final class Message implements Push {
  private static final int HEADERS = 64;

  private final SubscriptionKind kind;
  private final Name subscribedTo;
  private final byte[] channel;
  private final byte[] payload;
  private final long sequence;

  // Encoded when it is first wanted; by two threads at once no harm is done.
  private volatile byte[] resp2;
  private volatile byte[] resp3;

  /**
   * Makes one.
   *
   * @param subscribedTo the channel, or the pattern that it matches
   * @param sequence what must be published by the engine before it may be sent
   */
  Message(SubscriptionKind kind, Name subscribedTo, byte[] channel, byte[] payload, long sequence) {
    this.kind = kind;
    this.subscribedTo = subscribedTo;
    this.channel = channel;
    this.payload = payload;
    this.sequence = sequence;
  }

  SubscriptionKind kind() {
    return kind;
  }

  Name subscribedTo() {
    return subscribedTo;
  }

  @Override
  public long sequence() {
    return sequence;
  }

  @Override
  public boolean isFor(ProtocolVersion version, Subscriptions subscriptions) {
    return subscriptions != null && subscriptions.includes(this);
  }

  @Override
  public byte[] encoded(ProtocolVersion version) {
    byte[] known = version == ProtocolVersion.RESP2 ? resp2 : resp3;
    if (known != null) {
      return known;
    }
    byte[] encoded = encode(version);
    if (version == ProtocolVersion.RESP2) {
      resp2 = encoded;
    } else {
      resp3 = encoded;
    }
    return encoded;
  }

  private byte[] encode(ProtocolVersion version) {
    int size = HEADERS + subscribedTo.bytes().length + channel.length + payload.length;
    ByteBuf out = Unpooled.buffer(size);
    ReplyWriter writer = new ReplyWriter(out, version);
    boolean byPattern = kind == SubscriptionKind.PATTERN;
    writer.pushHeader(byPattern ? 4 : 3);
    writer.bulk(kind.message());
    if (byPattern) {
      writer.bulk(subscribedTo.bytes());
    }
    writer.bulk(channel);
    writer.bulk(payload);
    return ByteBufUtil.getBytes(out);
  }
}
