package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.Prefetched;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import java.util.function.LongPredicate;

/** Fetches a command's keys before it runs again on the storage thread. */
public final class Prefetcher {
  private Prefetcher() {}

  /**
   * Reads, from disk where need be, what a request's keys hold at a view: the value of those whose
   * value the command needs, else no more than what stands before it.
   *
   * @param memory is asked before so many bytes of heap, all together, are taken
   * @return null if there is no memory for it now
   */
  public static Prefetched fetch(
      ReadView view,
      Databases databases,
      CommandSpec spec,
      Request request,
      int database,
      LongPredicate memory) {
    int other = spec.otherDatabase(request);
    boolean both = other != database && databases.has(other);
    long keys = keyBytes(spec, request) * (both ? 2 : 1);
    if (!memory.test(keys)) {
      return null;
    }
    Prefetched prefetched = Prefetched.from(view, databases);
    // Of a command of these there is at most one key whose value is needed, so that nobody who has
    // memory for one waits for another's.
    boolean[] fetched = {true};
    spec.forEachKeyOfSpec(
        request,
        0,
        (index, key) -> {
          ByteBuf buffer = request.buffer();
          int offset = request.argumentOffset(index);
          int length = request.argumentLength(index);
          if (key.needsValue(request)) {
            fetched[0] &=
                prefetched.fetch(
                    database, buffer, offset, length, bytes -> memory.test(keys + bytes));
          } else {
            prefetched.fetchHead(database, buffer, offset, length);
          }
          if (both) {
            prefetched.fetchHead(other, buffer, offset, length);
          }
        });
    return fetched[0] ? prefetched : null;
  }

  private static long keyBytes(CommandSpec spec, Request request) {
    long[] bytes = {0};
    spec.forEachKeyOfSpec(
        request, 0, (index, key) -> bytes[0] += Prefetched.bytesFor(request.argumentLength(index)));
    return bytes[0];
  }
}
