/** DEBUG: what tests of clients and of servers ask for. */
package dev.varve.server.command.debug;
