/** Connections to servers that keys are sent to. */
package dev.varve.server.migration;
