/** The commands on strings. */
package dev.varve.server.command.string;
