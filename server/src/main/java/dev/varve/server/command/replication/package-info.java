/** What replicas and copying clients ask for; knows nothing of the wire. */
package dev.varve.server.command.replication;
