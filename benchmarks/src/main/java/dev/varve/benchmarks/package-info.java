/** End-to-end benchmarks: programs that the scripts of this module run against a server. */
package dev.varve.benchmarks;
