package dev.varve.server.datatype;

import dev.varve.storage.ReadView;
import dev.varve.storage.base.KeyHash;

/**
 * The hash by which the members of spread collections are ordered: the upper half of XXH64 with the
 * database's secret for a seed, so that a client can't choose where its members go. Part of the
 * format on disk. Safe for use by many threads.
 */
public final class MemberHash {
  private final long secret;

  MemberHash(long secret) {
    this.secret = secret;
  }

  /** Returns that of a database; null if nothing has been hashed there. */
  public static MemberHash stored(ReadView view) {
    return CollectionIds.storedHash(view);
  }

  /** Returns the hash of a member. */
  public int of(byte[] bytes, int offset, int length) {
    return (int) (KeyHash.hash(bytes, offset, length, secret) >>> 32);
  }
}
