package dev.varve.server.tracking;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.server.pubsub.Push;
import dev.varve.server.pubsub.Subscriptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;

/**
 * Tells a client that its copies of some keys, or all, are out of date. By RESP2, which has no
 * pushes, it is a message to those alone who have it from another connection and subscribe.
 */
final class Invalidation implements Push {
  private static final String CHANNEL = "__redis__:invalidate";

  /** Null: all. */
  private final List<byte[]> keys;

  private final boolean redirected;

  Invalidation(List<byte[]> keys, boolean redirected) {
    this.keys = keys;
    this.redirected = redirected;
  }

  @Override
  public byte[] encoded(ProtocolVersion version) {
    ByteBuf out = Unpooled.buffer();
    ReplyWriter writer = new ReplyWriter(out, version);
    if (version == ProtocolVersion.RESP2) {
      writer.arrayHeader(3);
      writer.bulk("message");
      writer.bulk(CHANNEL);
    } else {
      writer.pushHeader(2);
      writer.bulk("invalidate");
    }
    if (keys == null) {
      writer.nullBulk();
    } else {
      writer.arrayHeader(keys.size());
      keys.forEach(writer::bulk);
    }
    return ByteBufUtil.getBytes(out);
  }

  @Override
  public boolean isFor(ProtocolVersion version, Subscriptions subscriptions) {
    return version != ProtocolVersion.RESP2
        || (redirected && subscriptions != null && subscriptions.isAny());
  }

  /** Or a reply that was computed before would be taken for a newer one. */
  @Override
  public boolean followsReplies() {
    return true;
  }
}
