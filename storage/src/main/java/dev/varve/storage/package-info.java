/**
 * The engine as its users see it: {@link dev.varve.storage.StorageEngine} and what goes in and out
 * of it. The implementation is opened by {@code dev.varve.storage.engine.LsmEngine}.
 */
package dev.varve.storage;
