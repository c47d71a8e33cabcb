/**
 * Losses of power and failing calls of the packaged server. A library of ours stands between the
 * server and the system ({@code syscalls.c}) and writes down each call that changes the data
 * ({@link dev.varve.integration.power.Trace}). {@link dev.varve.integration.power.PowerDisk}
 * follows the trace as a disk would, and leaves at any point what a loss of power may leave there.
 * {@link dev.varve.integration.power.Life} is one run of a server under load, which knows what the
 * next one must find.
 */
package dev.varve.integration.power;
