/** MULTI and what belongs to it: many commands in one step. */
package dev.varve.server.command.transaction;
