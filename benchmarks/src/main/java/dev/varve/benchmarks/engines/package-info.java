/**
 * LevelDB's workloads over several embedded engines, side by side: the program behind {@code
 * benchmarks/compare-engines}.
 */
package dev.varve.benchmarks.engines;
