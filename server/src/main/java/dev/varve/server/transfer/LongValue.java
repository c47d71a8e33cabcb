package dev.varve.server.transfer;

import dev.varve.server.rdb.RdbString;
import dev.varve.server.rdb.StreamVisitor;
import dev.varve.server.rdb.ValueVisitor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Sends a large collection in pieces, by the commands that add to one. Not thread-safe. */
final class LongValue implements ValueVisitor {
  private static final int MOST_ARGUMENTS = 1024;
  private static final int MOST_BYTES = 256 << 10;

  private final Pipeline pipeline;
  private final byte[] key;
  private final String about;
  private final ByteBuf gathered = Unpooled.buffer(MOST_BYTES);
  private int arguments;
  private String command = "";

  LongValue(Pipeline pipeline, byte[] key, String about) {
    this.pipeline = pipeline;
    this.key = key;
    this.about = about;
  }

  /** Sends what is left. */
  void end() {
    if (arguments > 0) {
      send();
    }
  }

  private void send() {
    try {
      RequestOutput out = pipeline.begin(about, gathered.readableBytes(), 2 + arguments);
      out.argument(command);
      out.argument(key);
      out.arguments(gathered);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    gathered.clear();
    arguments = 0;
  }

  private void begin(String its) {
    command = its;
  }

  /** Sends what was gathered if there is enough of it; only where an element may begin. */
  private void beginElement(int bytes) {
    if (arguments >= MOST_ARGUMENTS || gathered.readableBytes() + (long) bytes > MOST_BYTES) {
      end();
    }
  }

  private void add(RdbString string) {
    RequestOutput.encode(string.buffer(), string.offset(), string.length(), gathered);
    arguments++;
  }

  private void add(String text) {
    ByteBuf bytes = Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.US_ASCII));
    RequestOutput.encode(bytes, 0, bytes.readableBytes(), gathered);
    arguments++;
  }

  @Override
  public void string(RdbString value) {
    throw new IllegalStateException("a string is no collection");
  }

  @Override
  public void beginList() {
    begin("RPUSH");
  }

  @Override
  public void element(RdbString element) {
    beginElement(element.length());
    add(element);
  }

  @Override
  public void beginSet() {
    begin("SADD");
  }

  @Override
  public boolean member(RdbString member) {
    beginElement(member.length());
    add(member);
    return true;
  }

  @Override
  public void beginSortedSet() {
    begin("ZADD");
  }

  @Override
  public boolean member(RdbString member, double score) {
    beginElement(member.length());
    add(text(score));
    add(member);
    return true;
  }

  private static String text(double score) {
    if (Double.isInfinite(score)) {
      return score > 0 ? "inf" : "-inf";
    }
    return Double.toString(score);
  }

  @Override
  public StreamVisitor stream() {
    return new LongStream(pipeline, key, about);
  }

  /** Returns bytes as what can be compared. */
  static String key(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Override
  public void beginHash() {
    begin("HSET");
  }

  @Override
  public boolean field(RdbString field, RdbString value, long deadline) {
    beginElement(field.length() + value.length());
    add(field);
    add(value);
    if (deadline != NO_DEADLINE) {
      end();
      expire(field, deadline);
    }
    return true;
  }

  private void expire(RdbString field, long deadline) {
    try {
      RequestOutput out = pipeline.begin(about, field.length(), 6);
      out.argument("HPEXPIREAT");
      out.argument(key);
      out.argument(deadline);
      out.argument("FIELDS");
      out.argument(1);
      out.argument(field.buffer(), field.offset(), field.length());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
