/** The commands on the server as a whole. */
package dev.varve.server.command.server;
