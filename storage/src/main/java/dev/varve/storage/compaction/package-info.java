/**
 * Merging tables down the levels: {@link dev.varve.storage.compaction.CompactionPicker} only
 * decides and returns a plan, {@link dev.varve.storage.compaction.CompactionJob} only carries it
 * out.
 */
package dev.varve.storage.compaction;
