/** The commands on connections. */
package dev.varve.server.command.connection;
