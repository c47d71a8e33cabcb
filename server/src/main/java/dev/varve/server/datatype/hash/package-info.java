/** Hashes: maps of fields to values. */
package dev.varve.server.datatype.hash;
