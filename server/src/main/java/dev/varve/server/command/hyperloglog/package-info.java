/** The commands on HyperLogLogs. */
package dev.varve.server.command.hyperloglog;
