package dev.varve.server.dispatch;

import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.math.BigInteger;

/** Where the replies of rehearsals go: nowhere. */
final class NoReply implements ReplySink {
  static final NoReply INSTANCE = new NoReply();

  private NoReply() {}

  @Override
  public ProtocolVersion version() {
    return ProtocolVersion.RESP2;
  }

  @Override
  public void ok() {}

  @Override
  public void pong() {}

  @Override
  public void simpleString(String text) {}

  @Override
  public void error(String codeAndMessage) {}

  @Override
  public void integer(long value) {}

  @Override
  public void bulk(byte[] bytes) {}

  @Override
  public void bulk(byte[] bytes, int offset, int length) {}

  @Override
  public void bulk(ByteBuf bytes, int offset, int length) {}

  @Override
  public void bulk(MemorySegment bytes, long offset, int length) {}

  @Override
  public void beginBulk(int length) {}

  @Override
  public void piece(MemorySegment bytes, long offset, int length) {}

  @Override
  public void zeros(int length) {}

  @Override
  public void endBulk() {}

  @Override
  public void bulk(String text) {}

  @Override
  public void bulk(long value) {}

  @Override
  public void bulk(double value) {}

  @Override
  public void nullBulk() {}

  @Override
  public void nullArray() {}

  @Override
  public void arrayHeader(int count) {}

  @Override
  public void mapHeader(int pairs) {}

  @Override
  public void setHeader(int count) {}

  @Override
  public void pushHeader(int count) {}

  @Override
  public void attributeHeader(int pairs) {}

  @Override
  public boolean leavesAtOnce() {
    return false;
  }

  @Override
  public int beginDeferred() {
    return 0;
  }

  @Override
  public void endArray(int begun, int count) {}

  @Override
  public void endMap(int begun, int pairs) {}

  @Override
  public void endSet(int begun, int count) {}

  @Override
  public void endPush(int begun, int count) {}

  @Override
  public void doubleValue(double value) {}

  @Override
  public void plainDouble(double value) {}

  @Override
  public void booleanValue(boolean value) {}

  @Override
  public void bigNumber(BigInteger value) {}

  @Override
  public void bigNumber(String text) {}

  @Override
  public void verbatim(String format, byte[] text) {}

  @Override
  public void verbatim(String text) {}
}
