/** The one writer: the storage thread, its group commit, and the ways to it from other threads. */
package dev.varve.server.writer;
