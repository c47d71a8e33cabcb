package dev.varve.server.command.admin;

import dev.varve.protocol.ReplySink;
import dev.varve.protocol.Request;
import dev.varve.server.command.support.Arguments;
import dev.varve.server.command.support.Errors;
import dev.varve.server.command.support.HelpReply;
import dev.varve.server.datatype.Keyspace;
import dev.varve.server.dispatch.CommandContext;
import dev.varve.server.dispatch.MemoryFigures;
import java.util.ArrayList;
import java.util.List;

/** The subcommands of MEMORY. */
final class MemoryCommand {
  private static final byte[] SAMPLES = Arguments.word("SAMPLES");

  /** A server that has once taken more than so many times what it takes now is told so. */
  private static final double HIGH_PEAK = 1.5;

  private static final double HIGH_GARBAGE = 1.4;

  private MemoryCommand() {}

  static void usage(CommandContext context) {
    Request request = context.request();
    for (int i = 3; i < request.argumentCount(); i += 2) {
      if (!request.equalsIgnoreCase(i, SAMPLES) || i + 1 == request.argumentCount()) {
        throw Errors.syntax();
      }
      if (Arguments.longValue(context, i + 1) < 0) {
        throw Errors.syntax();
      }
    }
    context.selectKey(2);
    if (context.keyspace().find()) {
      context.reply().integer(context.keyspace().selected().storedBytes());
    } else {
      context.reply().nullBulk();
    }
  }

  static void stats(CommandContext context) {
    List<Integer> databases = new ArrayList<>();
    long keys = 0;
    Keyspace keyspace = context.keyspace();
    for (int index = 0; index < context.services().config().databases(); index++) {
      long count = keyspace.keyCount(keyspace.databaseId(index));
      keys += count;
      if (count > 0) {
        databases.add(index);
      }
    }
    MemoryFigures figures = context.services().info().memory();
    ReplySink reply = context.reply();
    reply.mapHeader(27 + databases.size());
    writeParts(reply, figures);
    databases.forEach(index -> writeDatabase(reply, index));
    writeSums(reply, figures, keys);
    writeAllocator(reply, figures);
  }

  private static void writeParts(ReplySink reply, MemoryFigures figures) {
    field(reply, "peak.allocated", figures.peak());
    field(reply, "total.allocated", figures.resident());
    field(reply, "startup.allocated", figures.startup());
    field(reply, "replication.backlog", 0);
    field(reply, "clients.slaves", 0);
    field(reply, "clients.normal", figures.clients());
    field(reply, "cluster.links", 0);
    field(reply, "aof.buffer", 0);
    field(reply, "lua.caches", 0);
    field(reply, "functions.caches", 0);
  }

  /** Keys lie in tables: no memory is taken for a database by itself. */
  private static void writeDatabase(ReplySink reply, int index) {
    reply.bulk("db." + index);
    reply.mapHeader(3);
    field(reply, "overhead.hashtable.main", 0);
    field(reply, "overhead.hashtable.expires", 0);
    field(reply, "overhead.hashtable.slot-to-keys", 0);
  }

  private static void writeSums(ReplySink reply, MemoryFigures figures, long keys) {
    long net = Math.max(1, figures.resident() - figures.startup());
    field(reply, "overhead.total", Math.max(0, figures.resident() - figures.data()));
    field(reply, "keys.count", keys);
    field(reply, "keys.bytes-per-key", keys == 0 ? 0 : figures.data() / keys);
    field(reply, "dataset.bytes", figures.data());
    field(reply, "dataset.percentage", Math.min(100.0, 100.0 * figures.data() / net));
    field(reply, "peak.percentage", 100.0 * figures.resident() / Math.max(1, figures.peak()));
  }

  private static void writeAllocator(ReplySink reply, MemoryFigures figures) {
    field(reply, "allocator.allocated", figures.allocated());
    field(reply, "allocator.active", figures.active());
    field(reply, "allocator.resident", figures.resident());
    field(reply, "allocator-fragmentation.ratio", ratio(figures.active(), figures.allocated()));
    field(reply, "allocator-fragmentation.bytes", figures.active() - figures.allocated());
    field(reply, "allocator-rss.ratio", ratio(figures.resident(), figures.active()));
    field(reply, "allocator-rss.bytes", figures.resident() - figures.active());
    field(reply, "rss-overhead.ratio", 1.0);
    field(reply, "rss-overhead.bytes", 0);
    field(reply, "fragmentation", 1.0);
    field(reply, "fragmentation.bytes", 0);
  }

  private static double ratio(long bytes, long ofBytes) {
    return (double) bytes / Math.max(1, ofBytes);
  }

  private static void field(ReplySink reply, String name, long value) {
    reply.bulk(name);
    reply.integer(value);
  }

  private static void field(ReplySink reply, String name, double value) {
    reply.bulk(name);
    reply.doubleValue(value);
  }

  static void doctor(CommandContext context) {
    MemoryFigures figures = context.services().info().memory();
    StringBuilder text = new StringBuilder();
    if (figures.peak() > HIGH_PEAK * figures.resident()) {
      text.append("The process has taken ").append(figures.peak()).append(" bytes, and takes ");
      text.append(figures.resident()).append(" now: what it needed then it may need again.\n");
    }
    if (figures.active() > HIGH_GARBAGE * figures.allocated()) {
      text.append("The heap is ").append(figures.active() - figures.allocated());
      text.append(" bytes larger than what lies in it: it is given back as time goes by.\n");
    }
    context.reply().verbatim(text.isEmpty() ? "Nothing is wrong with memory.\n" : text.toString());
  }

  static void allocator(CommandContext context) {
    context.reply().bulk("Stats not supported for the current allocator");
  }

  /** As Redis does where the C library's allocator is used, which has nothing to be purged. */
  static void purge(CommandContext context) {
    context.reply().ok();
  }

  static void help(CommandContext context) {
    HelpReply.write(
        context,
        "DOCTOR",
        "    Say in words whether memory is well used.",
        "MALLOC-STATS",
        "    Not supported: the allocator tells nothing of itself.",
        "PURGE",
        "    Nothing is to be purged: memory is given back by itself.",
        "STATS",
        "    Tell what memory is taken for.",
        "USAGE <key> [SAMPLES <count>]",
        "    Tell how many bytes a key and its value take in tables before compression.");
  }
}
