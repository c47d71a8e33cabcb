/**
 * {@code kill -9} at every kind of moment, and the proof that nothing was lost: {@link
 * dev.varve.integration.kill.KillRun} drives the packaged server with many connections ({@link
 * dev.varve.integration.kill.Writer}), each of which knows exactly what it may find afterwards
 * ({@link dev.varve.integration.kill.Model}).
 */
package dev.varve.integration.kill;
