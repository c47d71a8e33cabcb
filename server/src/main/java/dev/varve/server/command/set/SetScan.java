package dev.varve.server.command.set;

import dev.varve.protocol.ReplySink;
import dev.varve.server.command.support.ScanOptions;
import dev.varve.server.datatype.set.SetValue;
import dev.varve.server.dispatch.CommandContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** SSCAN: walks over a set's members in the order of their hash; the cursor is the next hash. */
final class SetScan {
  private SetScan() {}

  static void execute(CommandContext context) {
    long cursor = ScanOptions.cursor(context.request(), 2);
    SetValue set = MemberCommands.findCounted(context, 1);
    ReplySink reply = context.reply();
    if (set.count() == 0) {
      reply.arrayHeader(2);
      reply.bulk(0);
      reply.arrayHeader(0);
      return;
    }
    ScanOptions options = ScanOptions.of(context, 3, ScanOptions.Also.NOTHING);
    List<byte[]> found = new ArrayList<>();
    long next =
        set.scan(
            cursor,
            options.count(),
            (bytes, offset, length) -> {
              if (options.matches(bytes, offset, length)) {
                found.add(Arrays.copyOfRange(bytes, offset, offset + length));
              }
            });
    reply.arrayHeader(2);
    reply.bulk(next);
    reply.arrayHeader(found.size());
    found.forEach(reply::bulk);
  }
}
