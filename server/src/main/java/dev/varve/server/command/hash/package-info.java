/** The commands on hashes. */
package dev.varve.server.command.hash;
