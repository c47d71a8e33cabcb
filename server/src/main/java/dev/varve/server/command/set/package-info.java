/** The commands on sets. */
package dev.varve.server.command.set;
