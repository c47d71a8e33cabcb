/** Which blocks a cache should keep: policies over recorded accesses of the engine. */
package dev.varve.benchmarks.cache;
