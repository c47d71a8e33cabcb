/** What was measured to choose the memtable; see {@code docs/decisions/memtable.md}. */
package dev.varve.benchmarks.memtable;
