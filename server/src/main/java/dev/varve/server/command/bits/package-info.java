/** The commands on strings as rows of bits. */
package dev.varve.server.command.bits;
