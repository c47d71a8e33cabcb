/** Commands on streams. */
package dev.varve.server.command.stream;
