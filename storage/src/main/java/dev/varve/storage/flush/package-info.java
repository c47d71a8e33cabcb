/** From memtables to a table of level 0. */
package dev.varve.storage.flush;
