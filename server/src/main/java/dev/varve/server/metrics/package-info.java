/** Counters that cost next to nothing where they are counted, and INFO. */
package dev.varve.server.metrics;
