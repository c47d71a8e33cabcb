/** DUMP and RESTORE. */
package dev.varve.server.command.dump;
