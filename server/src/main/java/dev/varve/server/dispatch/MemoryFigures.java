package dev.varve.server.dispatch;

/**
 * What the process takes memory for, in bytes.
 *
 * @param resident what it takes of the machine's memory
 * @param peak the most that it has taken
 * @param startup what it took when it was ready
 * @param data memtables and caches of tables
 * @param clients buffers of requests and replies
 * @param heap objects of the JVM, and garbage
 * @param allocated the heap's objects and all that lies outside of it
 * @param active the heap as large as it is, and all that lies outside of it
 */
public record MemoryFigures(
    long resident,
    long peak,
    long startup,
    long data,
    long clients,
    long heap,
    long allocated,
    long active) {}
