package dev.varve.server.tracking;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplyWriter;
import dev.varve.server.pubsub.Push;
import dev.varve.server.pubsub.Subscriptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;

/** Tells a client that the connection that was to get its invalidations has gone. */
record BrokenRedirect(long client) implements Push {
  @Override
  public byte[] encoded(ProtocolVersion version) {
    ByteBuf out = Unpooled.buffer();
    ReplyWriter writer = new ReplyWriter(out, version);
    writer.pushHeader(2);
    writer.bulk("tracking-redir-broken");
    writer.integer(client);
    return ByteBufUtil.getBytes(out);
  }

  @Override
  public boolean isFor(ProtocolVersion version, Subscriptions subscriptions) {
    return version != ProtocolVersion.RESP2;
  }
}
