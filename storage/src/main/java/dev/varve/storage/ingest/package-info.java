/** Sorted tables made outside of a database, and their way into one. */
package dev.varve.storage.ingest;
