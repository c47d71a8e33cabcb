package dev.varve.protocol;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** Writes random replies, and says what a client of the writer's version has to see. */
final class RandomReplies {
  private final Random random;
  private final ReplyWriter writer;
  private final boolean resp3;

  RandomReplies(Random random, ReplyWriter writer) {
    this.random = random;
    this.writer = writer;
    this.resp3 = writer.version() == ProtocolVersion.RESP3;
  }

  /** Writes one, with aggregates within it down to {@code depth}. */
  Reply write(int depth) {
    return switch (random.nextInt(depth == 0 ? 9 : 13)) {
      case 0 -> simpleString();
      case 1 -> simpleError();
      case 2 -> integer(random.nextLong() >> random.nextInt(64));
      case 3 -> bulk();
      case 4 -> nothing();
      case 5 -> doubleValue(random.nextGaussian() * Math.pow(10, random.nextInt(-30, 30)));
      case 6 -> booleanValue(random.nextBoolean());
      case 7 -> bigNumber(new BigInteger(200, random).subtract(BigInteger.TWO.pow(199)));
      case 8 -> verbatim();
      case 9 -> array(depth);
      case 10 -> push(depth);
      case 11 -> set(random.nextInt(5));
      default -> map(random.nextInt(5), depth);
    };
  }

  private Reply simpleString() {
    writer.simpleString("QUEUED");
    return new Reply.SimpleString("QUEUED");
  }

  private Reply simpleError() {
    writer.error("ERR no\r\nway");
    return new Reply.SimpleError("ERR no  way");
  }

  private Reply integer(long value) {
    writer.integer(value);
    return new Reply.IntegerValue(value);
  }

  private Reply bulk() {
    byte[] bytes = new byte[random.nextInt(1 << random.nextInt(1, 12))];
    random.nextBytes(bytes);
    writer.bulk(bytes);
    return new Reply.BulkString(new String(bytes, ISO_8859_1));
  }

  private Reply nothing() {
    boolean array = random.nextBoolean();
    if (array) {
      writer.nullArray();
    } else {
      writer.nullBulk();
    }
    return resp3 ? Reply.Null.NULL : array ? Reply.Null.ARRAY : Reply.Null.BULK;
  }

  private Reply doubleValue(double value) {
    writer.doubleValue(value);
    return resp3 ? new Reply.DoubleValue(value) : new Reply.BulkString(DoubleFormat.format(value));
  }

  private Reply booleanValue(boolean value) {
    writer.booleanValue(value);
    return resp3 ? new Reply.BooleanValue(value) : new Reply.IntegerValue(value ? 1 : 0);
  }

  private Reply bigNumber(BigInteger value) {
    writer.bigNumber(value);
    return resp3 ? new Reply.BigNumber(value) : new Reply.BulkString(value.toString());
  }

  private Reply verbatim() {
    writer.verbatim("a: b\r\n");
    return resp3 ? new Reply.VerbatimString("txt", "a: b\r\n") : new Reply.BulkString("a: b\r\n");
  }

  private Reply array(int depth) {
    int count = count();
    boolean deferred = random.nextBoolean();
    int begun = deferred ? writer.beginDeferred() : begin(() -> writer.arrayHeader(count));
    List<Reply> values = values(count, depth);
    if (deferred) {
      writer.endArray(begun, count);
    }
    return new Reply.Array(values);
  }

  private Reply push(int depth) {
    int count = count();
    boolean deferred = random.nextBoolean();
    int begun = deferred ? writer.beginDeferred() : begin(() -> writer.pushHeader(count));
    List<Reply> values = values(count, depth);
    if (deferred) {
      writer.endPush(begun, count);
    }
    return resp3 ? new Reply.Push(values) : new Reply.Array(values);
  }

  private Reply set(int count) {
    boolean deferred = random.nextBoolean();
    int begun = deferred ? writer.beginDeferred() : begin(() -> writer.setHeader(count));
    Set<Reply> values = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      values.add(integer(i));
    }
    if (deferred) {
      writer.endSet(begun, count);
    }
    return resp3 ? new Reply.SetValue(values) : new Reply.Array(new ArrayList<>(values));
  }

  private Reply map(int pairs, int depth) {
    boolean deferred = random.nextBoolean();
    int begun = deferred ? writer.beginDeferred() : begin(() -> writer.mapHeader(pairs));
    Map<Reply, Reply> values = new LinkedHashMap<>();
    List<Reply> flat = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      Reply key = integer(i);
      Reply value = write(depth - 1);
      values.put(key, value);
      flat.add(key);
      flat.add(value);
    }
    if (deferred) {
      writer.endMap(begun, pairs);
    }
    return resp3 ? new Reply.MapValue(values) : new Reply.Array(flat);
  }

  /** Mostly few; at times so many that a header takes more than one digit. */
  private int count() {
    return random.nextInt(random.nextInt(8) == 0 ? 30 : 6);
  }

  private static int begin(Runnable header) {
    header.run();
    return -1;
  }

  private List<Reply> values(int count, int depth) {
    List<Reply> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add(write(depth - 1));
    }
    return values;
  }
}
