/** What every part of the engine speaks of: entry kinds, sequence numbers, byte order, varints. */
package dev.varve.storage.base;
