/**
 * What several connections do to one key at the same time looks as if it had been done one after
 * another, each at some moment between its request and its reply, across kills and restarts too:
 * {@link dev.varve.integration.linearizability.LinearizabilityIT} records, {@link
 * dev.varve.integration.linearizability.Linearizability} judges.
 */
package dev.varve.integration.linearizability;
