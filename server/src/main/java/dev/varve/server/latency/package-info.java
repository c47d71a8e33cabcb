/** What took long: the log of slow commands, and the slowest events of each kind. */
package dev.varve.server.latency;
