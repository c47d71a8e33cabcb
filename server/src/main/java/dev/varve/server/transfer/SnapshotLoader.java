package dev.varve.server.transfer;

import dev.varve.server.rdb.RdbString;
import dev.varve.server.rdb.SnapshotInput;
import dev.varve.server.rdb.SnapshotValue;
import dev.varve.server.rdb.SnapshotVisitor;
import dev.varve.server.rdb.ValueVisitor;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.function.LongConsumer;

/**
 * Gives a server what is in a file of RDB. A key that it has already is replaced. Collections
 * beyond some size go in pieces, all else in one command each. Not thread-safe.
 */
public final class SnapshotLoader implements SnapshotVisitor {
  /** A collection of more goes in pieces. */
  private static final int MOST_PAYLOAD = 512 << 10;

  private static final int MOST_PRINTED = 100;

  private final Pipeline pipeline;
  private final InstantSource clock;
  private final LongConsumer progress;
  private long keys;
  private long libraries;
  private long expired;

  private SnapshotLoader(Pipeline pipeline, InstantSource clock, LongConsumer progress) {
    this.pipeline = pipeline;
    this.clock = clock;
    this.progress = progress;
  }

  /**
   * What was loaded.
   *
   * @param keys keys that are there now
   * @param expired keys whose deadline had passed
   * @param libraries libraries of functions
   */
  public record Result(long keys, long expired, long libraries) {}

  /**
   * Loads a file.
   *
   * @param clock tells which keys have expired
   * @param progress is told of keys that were read
   * @throws dev.varve.server.rdb.BadFormatException if it is damaged, or has something in it that
   *     isn't read; what stands before that is loaded
   * @throws RefusedException if the server refuses something
   */
  public static Result load(
      SnapshotInput file, Link target, InstantSource clock, LongConsumer progress)
      throws IOException {
    Pipeline pipeline = new Pipeline(target);
    SnapshotLoader loader = new SnapshotLoader(pipeline, clock, progress);
    try {
      file.read(loader);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    pipeline.finish();
    return new Result(loader.keys, loader.expired, loader.libraries);
  }

  @Override
  public void library(RdbString code) {
    libraries++;
    try {
      RequestOutput out = pipeline.begin("functions", code.length(), 4);
      out.argument("FUNCTION");
      out.argument("LOAD");
      out.argument("REPLACE");
      out.argument(code.buffer(), code.offset(), code.length());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void database(int index) {
    try {
      RequestOutput out = pipeline.begin("database " + index, 0, 2);
      out.argument("SELECT");
      out.argument(index);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void entry(RdbString key, long date, SnapshotValue value) {
    String about = about(key);
    try {
      if (date != ValueVisitor.NO_DEADLINE && date <= clock.millis()) {
        expired++;
        request("DEL", key, about);
        return;
      }
      if (value.isString()) {
        string(key, about, date, value.string());
      } else {
        collection(key, about, date, value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    keys++;
    progress.accept(keys + expired);
  }

  private static String about(RdbString key) {
    int length = Math.min(MOST_PRINTED, key.length());
    return "key \""
        + key.buffer().toString(key.offset(), length, StandardCharsets.ISO_8859_1)
        + "\"";
  }

  private void request(String command, RdbString key, String about) throws IOException {
    RequestOutput out = pipeline.begin(about, key.length(), 2);
    out.argument(command);
    argument(out, key);
  }

  private static void argument(RequestOutput out, RdbString string) throws IOException {
    out.argument(string.buffer(), string.offset(), string.length());
  }

  private void string(RdbString key, String about, long date, RdbString value) throws IOException {
    boolean expires = date != ValueVisitor.NO_DEADLINE;
    long bytes = (long) key.length() + value.length();
    RequestOutput out = pipeline.begin(about, bytes, expires ? 5 : 3);
    out.argument("SET");
    argument(out, key);
    argument(out, value);
    if (expires) {
      out.argument("PXAT");
      out.argument(date);
    }
  }

  private void collection(RdbString key, String about, long date, SnapshotValue value)
      throws IOException {
    ByteBuf payload = value.payload(MOST_PAYLOAD);
    if (payload == null) {
      pieces(key, about, date, value);
      return;
    }
    RequestOutput out = pipeline.begin(about, key.length() + payload.readableBytes(), 6);
    out.argument("RESTORE");
    argument(out, key);
    out.argument(date);
    out.argument(payload, 0, payload.readableBytes());
    out.argument("ABSTTL");
    out.argument("REPLACE");
  }

  private void pieces(RdbString key, String about, long date, SnapshotValue value)
      throws IOException {
    byte[] name = new byte[key.length()];
    key.buffer().getBytes(key.offset(), name);
    request("DEL", key, about);
    LongValue pieces = new LongValue(pipeline, name, about);
    value.read(pieces);
    pieces.end();
    if (date != ValueVisitor.NO_DEADLINE) {
      RequestOutput out = pipeline.begin(about, name.length, 3);
      out.argument("PEXPIREAT");
      out.argument(name);
      out.argument(date);
    }
  }
}
