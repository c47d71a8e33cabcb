/** Streams: logs of entries, and the groups of consumers that they are delivered to. */
package dev.varve.server.datatype.stream;
