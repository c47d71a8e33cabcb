package dev.varve.server.datatype.zset;

import dev.varve.server.datatype.Keyspace;

/** Is told of sorted sets whose ranks should be counted. Safe for use by many threads. */
@FunctionalInterface
public interface RankRequests {
  /**
   * Somebody asks for ranks of the set that the selected key of a keyspace holds. It may be told
   * again and again, and by commands that don't come to their end.
   *
   * @param id the set's
   */
  void want(Keyspace keyspace, long id);
}
