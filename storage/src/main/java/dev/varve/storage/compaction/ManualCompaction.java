package dev.varve.storage.compaction;

/**
 * A wish that all that a database holds be merged down to the last level. What is written after the
 * wish doesn't count, so that it comes to an end.
 *
 * @param newestSequence of what is to be merged
 * @param newestFileNumber of the tables that are to be merged
 */
public record ManualCompaction(long newestSequence, long newestFileNumber) {}
