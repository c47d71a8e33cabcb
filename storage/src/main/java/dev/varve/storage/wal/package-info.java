/**
 * The log that every write goes to before anything else: {@link dev.varve.storage.wal.Log} is what
 * the engine sees, {@link dev.varve.storage.wal.SegmentedLog} keeps it in local files. The bytes
 * are drawn in {@code docs/formats/wal.md}.
 */
package dev.varve.storage.wal;
