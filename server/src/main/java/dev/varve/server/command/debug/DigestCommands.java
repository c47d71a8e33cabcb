package dev.varve.server.command.debug;

import dev.varve.protocol.DoubleFormat;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.WriterRole;
import dev.varve.server.datatype.KeyIterator;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.datatype.stream.StreamId;
import dev.varve.server.datatype.stream.StreamValue;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.storage.base.Varint;
import io.netty.buffer.Unpooled;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * DEBUG DIGEST and DIGEST-VALUE: digests of what keys hold, as Redis's for the same values. What
 * has expired isn't there.
 */
final class DigestCommands {
  private static final byte[] EXPIRES = "!!expire!!".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NOTHING = {};

  private final CommandContext context;
  private final Keyspace keyspace;
  private final Digest element = new Digest();

  private DigestCommands(CommandContext context) {
    this.context = context;
    this.keyspace = context.keyspace();
  }

  /** By the writer's role, as it reads everything. */
  static void ofAll(CommandContext context) {
    WriterRole.need(context);
    Digest all = new Digest();
    DigestCommands digests = new DigestCommands(context);
    for (int index = 0; index < context.services().config().databases(); index++) {
      digests.database(index, all);
    }
    context.reply().simpleString(all.toString());
  }

  private void database(int index, Digest all) {
    Digest digest = new Digest();
    boolean begun = false;
    try (KeyIterator keys =
        KeyIterator.over(
            keyspace.walkedView(),
            keyspace.databaseId(index),
            NOTHING,
            keyspace.time().now(),
            keyspace.time().wallNow())) {
      for (keys.first(); keys.isValid(); keys.next()) {
        if (!keys.isLive()) {
          continue;
        }
        if (!begun) {
          begun = true;
          all.mix(index);
        }
        byte[] key = keys.key();
        digest.clear();
        digest.mix(key, 0, key.length);
        keyspace.selectIn(index, Unpooled.wrappedBuffer(key), 0, key.length);
        if (keyspace.find()) {
          value(digest);
        }
        all.add(digest);
      }
    }
  }

  static void ofValues(CommandContext context) {
    DigestCommands digests = new DigestCommands(context);
    Request request = context.request();
    context.reply().arrayHeader(request.argumentCount() - 2);
    for (int i = 2; i < request.argumentCount(); i++) {
      Digest digest = new Digest();
      context.selectKey(i);
      if (context.keyspace().find()) {
        digests.value(digest);
      }
      context.reply().simpleString(digest.toString());
    }
  }

  /** Adds what the selected key, which was found, holds. */
  private void value(Digest digest) {
    boolean expires = keyspace.selected().deadline() != KeyLayout.NO_DEADLINE;
    switch (keyspace.selected().type()) {
      case STRING -> {
        digest.mix(0);
        context.string().found();
        digest.mix(context.string());
      }
      case LIST -> list(digest);
      case SET -> set(digest);
      case SORTED_SET -> sortedSet(digest);
      case HASH -> hash(digest);
      case STREAM -> stream(digest);
    }
    if (expires) {
      digest.add(EXPIRES, 0, EXPIRES.length);
    }
  }

  private void list(Digest digest) {
    digest.mix(1);
    context.list().find();
    context
        .list()
        .forEach(
            0,
            context.list().count(),
            (segment, offset, length) -> {
              digest.mix(segment, offset, length);
              return true;
            });
  }

  private void set(Digest digest) {
    digest.mix(2);
    context.set().find();
    context.set().forEach(digest::add);
  }

  private void sortedSet(Digest digest) {
    digest.mix(3);
    context.sortedSet().find();
    context
        .sortedSet()
        .ranges()
        .forEach(
            0,
            false,
            context.sortedSet().count(),
            (bytes, offset, length, score) -> {
              element.clear();
              element.mix(bytes, offset, length);
              element.mix(DoubleFormat.format(score));
              digest.add(element);
            });
  }

  private void hash(Digest digest) {
    digest.mix(4);
    context.hash().find();
    context
        .hash()
        .forEach(
            (field, fieldOffset, fieldLength, value, valueOffset, valueLength) -> {
              element.clear();
              element.mix(field, fieldOffset, fieldLength);
              element.mix(value, valueOffset, valueLength);
              digest.add(element);
            });
  }

  private void stream(Digest digest) {
    digest.mix(6);
    StreamValue stream = context.stream();
    stream.find();
    stream.forEach(
        StreamId.ZERO,
        StreamId.MAX,
        false,
        (id, segment, offset) -> entry(digest, id, segment, offset));
  }

  private static boolean entry(Digest digest, StreamId id, MemorySegment segment, long offset) {
    digest.mix(Long.toUnsignedString(id.millis()) + "." + Long.toUnsignedString(id.sequence()));
    long fields = Varint.get(segment, offset);
    long at = offset + Varint.length(fields);
    for (long i = 0; i < 2 * fields; i++) {
      long length = Varint.get(segment, at);
      at += Varint.length(length);
      digest.mix(segment, at, (int) length);
      at += length;
    }
    return true;
  }
}
