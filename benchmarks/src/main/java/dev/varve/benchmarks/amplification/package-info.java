/** What the engine writes, keeps and reads for each byte that it is given. */
package dev.varve.benchmarks.amplification;
