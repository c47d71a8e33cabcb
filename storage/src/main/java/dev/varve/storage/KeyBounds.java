package dev.varve.storage;

/**
 * Two keys that enclose all live keys of a range.
 *
 * @param least not after any of them
 * @param greatest not before any of them
 */
public record KeyBounds(byte[] least, byte[] greatest) {}
