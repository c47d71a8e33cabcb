/**
 * Sorted tables: immutable files of entries in order, with an index, a filter and properties. The
 * format is in {@code docs/formats/table.md}.
 */
package dev.varve.storage.sstable;
