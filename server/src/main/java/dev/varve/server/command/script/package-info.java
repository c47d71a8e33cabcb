/** EVAL, FCALL and what belongs to them: scripts that clients send, and libraries of functions. */
package dev.varve.server.command.script;
