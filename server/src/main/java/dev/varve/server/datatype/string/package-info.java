/** Strings, whole or in chunks. */
package dev.varve.server.datatype.string;
