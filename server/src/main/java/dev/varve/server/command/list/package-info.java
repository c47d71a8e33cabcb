/** Commands on lists. */
package dev.varve.server.command.list;
