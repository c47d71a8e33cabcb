/** HyperLogLogs: how many different elements were seen, estimated. */
package dev.varve.server.datatype.hyperloglog;
