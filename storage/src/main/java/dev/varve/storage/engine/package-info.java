/**
 * Wiring only: the write path, the read state, recovery, background work and stall control of
 * {@link dev.varve.storage.engine.LsmEngine}. What each step does is in the package of its name.
 */
package dev.varve.storage.engine;
