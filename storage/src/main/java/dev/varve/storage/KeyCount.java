package dev.varve.storage;

/**
 * How many live keys a group has, as far as is known.
 *
 * @param keys the count: exact if nothing is uncertain, else it may fall short (and, of marked
 *     keys, be too high)
 * @param uncertain by how many at most; if counts are lost (by a repair, or what was ingested), in
 *     either direction until all has been counted anew
 * @param sequence the operation up to which everything is counted
 */
public record KeyCount(long keys, long uncertain, long sequence) {}
