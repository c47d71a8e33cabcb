package dev.varve.server.dispatch;

import dev.varve.protocol.Request;
import dev.varve.server.datatype.Databases;
import dev.varve.server.datatype.Prefetched;
import dev.varve.storage.ReadView;

/** Fetches a command's keys before it runs again on the storage thread. */
public final class Prefetcher {
  private Prefetcher() {}

  /** Reads, from disk where need be, what a request's keys hold at a view. */
  public static Prefetched fetch(
      ReadView view, Databases databases, CommandSpec spec, Request request, int database) {
    Prefetched prefetched = Prefetched.from(view, databases);
    fetch(prefetched, spec, request, database);
    int other = spec.otherDatabase(request);
    if (other != database && databases.has(other)) {
      fetch(prefetched, spec, request, other);
    }
    return prefetched;
  }

  private static void fetch(
      Prefetched prefetched, CommandSpec spec, Request request, int database) {
    spec.forEachKey(
        request,
        0,
        index ->
            prefetched.fetch(
                database,
                request.buffer(),
                request.argumentOffset(index),
                request.argumentLength(index)));
  }
}
