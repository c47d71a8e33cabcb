package dev.varve.server.datatype.hash;

/**
 * Where a search for a hash's due fields came to that found as many as it may: the next one goes on
 * there, instead of passing again what is left of all that have been removed. Of one hash at a
 * time. Used by one thread at a time.
 */
public final class DuePlace {
  /** The key of an entry of a {@link FieldIndex} that was not taken; null if there is none. */
  byte[] key;
}
