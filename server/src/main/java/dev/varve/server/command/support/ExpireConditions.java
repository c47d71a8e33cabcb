package dev.varve.server.command.support;

import static dev.varve.server.datatype.KeyLayout.NO_DEADLINE;

import dev.varve.server.datatype.Keyspace;

/**
 * Which deadlines something may have for it to be given another. What has none counts as lasting
 * for ever.
 *
 * @param nx only if it has none
 * @param xx only if it has one
 * @param gt only a later one
 * @param lt only an earlier one
 */
public record ExpireConditions(boolean nx, boolean xx, boolean gt, boolean lt) {
  /** Returns whether another deadline may be given. */
  public boolean allow(Keyspace keyspace, long old, long wanted) {
    if (nx && old != NO_DEADLINE) {
      return false;
    }
    if (xx && old == NO_DEADLINE) {
      return false;
    }
    if (gt
        && (old == NO_DEADLINE
            || keyspace.time().remaining(wanted) <= keyspace.time().remaining(old))) {
      return false;
    }
    return !(lt
        && old != NO_DEADLINE
        && keyspace.time().remaining(wanted) >= keyspace.time().remaining(old));
  }
}
