/**
 * RESP2 and RESP3: an incremental request decoder, a reply writer that speaks both versions, and
 * their limits. Wire bytes and nothing else: no commands, no connections, no threads.
 */
package dev.varve.protocol;
