package dev.varve.server.transfer;

import dev.varve.server.rdb.EntryId;
import dev.varve.server.rdb.RdbString;
import dev.varve.server.rdb.StreamVisitor;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Sends a large stream by the commands that make one. What is pending of a group is kept until its
 * consumers have come. When a consumer was heard of last is lost, and that something is pending
 * which was deleted. Not thread-safe.
 */
final class LongStream implements StreamVisitor {
  private final Pipeline pipeline;
  private final byte[] key;
  private final String about;
  private final ByteBuf parts = Unpooled.buffer();

  /** What is pending in the group, and nobody's so far. */
  private final Map<EntryId, Delivery> pending = new HashMap<>();

  private final Set<String> groups = new HashSet<>();
  private final Set<String> consumers = new HashSet<>();
  private EntryId entry;
  private int fields;
  private byte[] group;
  private byte[] consumer;

  private record Delivery(long millis, long deliveries) {}

  LongStream(Pipeline pipeline, byte[] key, String about) {
    this.pipeline = pipeline;
    this.key = key;
    this.about = about;
  }

  private static String text(EntryId id) {
    return Long.toUnsignedString(id.millis()) + "-" + Long.toUnsignedString(id.sequence());
  }

  /** Sends a request whose arguments are texts, numbers, or bytes. */
  private void send(Object... arguments) {
    try {
      RequestOutput out = pipeline.begin(about, key.length, arguments.length);
      for (Object argument : arguments) {
        if (argument instanceof byte[] bytes) {
          out.argument(bytes);
        } else {
          out.argument(argument.toString());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void beginEntry(EntryId id, long count) {
    entry = id;
    fields = (int) count;
    parts.clear();
  }

  @Override
  public void part(RdbString part) {
    RequestOutput.encode(part.buffer(), part.offset(), part.length(), parts);
  }

  @Override
  public void endEntry() {
    try {
      RequestOutput out = pipeline.begin(about, parts.readableBytes(), 3 + 2 * fields);
      out.argument("XADD");
      out.argument(key);
      out.argument(text(entry));
      out.arguments(parts);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void endNode(EntryId first, long live, long dead, EntryId last, int bytes) {}

  @Override
  public void endEntries(EntryId last, EntryId deleted, long added) {
    if (entry == null) {
      // One without entries is made, too.
      send("XGROUP", "CREATE", key, "-", "0-0", "MKSTREAM");
      send("XGROUP", "DESTROY", key, "-");
    }
    send("XSETID", key, text(last), "ENTRIESADDED", added, "MAXDELETEDID", text(deleted));
  }

  private static byte[] bytes(RdbString string) {
    byte[] bytes = new byte[string.length()];
    string.buffer().getBytes(string.offset(), bytes);
    return bytes;
  }

  @Override
  public boolean beginGroup(RdbString name, EntryId last, long read) {
    group = bytes(name);
    pending.clear();
    consumers.clear();
    if (read == NOT_TOLD) {
      send("XGROUP", "CREATE", key, group, text(last));
    } else {
      send("XGROUP", "CREATE", key, group, text(last), "ENTRIESREAD", read);
    }
    return groups.add(LongValue.key(group));
  }

  @Override
  public boolean pending(EntryId id, long millis, long deliveries) {
    return pending.put(id, new Delivery(millis, deliveries)) == null;
  }

  @Override
  public boolean consumer(RdbString name, long seenMillis) {
    consumer = bytes(name);
    send("XGROUP", "CREATECONSUMER", key, group, consumer);
    return consumers.add(LongValue.key(consumer));
  }

  @Override
  public boolean owns(EntryId id) {
    Delivery delivery = pending.remove(id);
    if (delivery == null) {
      return false;
    }
    send(
        "XCLAIM",
        key,
        group,
        consumer,
        0,
        text(id),
        "TIME",
        delivery.millis(),
        "RETRYCOUNT",
        delivery.deliveries(),
        "FORCE",
        "JUSTID");
    return true;
  }

  @Override
  public boolean endGroup() {
    return pending.isEmpty();
  }
}
