/**
 * What commands mean, a package for each family, and what families share. Commands answer to a
 * reply sink and work on keys through {@code server.datatype}; they never call the network or the
 * storage thread.
 */
package dev.varve.server.command;
