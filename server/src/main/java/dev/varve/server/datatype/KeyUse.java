package dev.varve.server.datatype;

/**
 * A key that a command has looked up.
 *
 * @param key of the engine's
 * @param elements what keys of the elements begin with that it leads to; null: it leads to none
 * @param deadline of one that was there and had not expired, or {@link KeyLayout#NO_DEADLINE}
 */
public record KeyUse(byte[] key, byte[] elements, long deadline) {}
