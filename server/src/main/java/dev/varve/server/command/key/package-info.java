/** The commands on keys of any type. */
package dev.varve.server.command.key;
