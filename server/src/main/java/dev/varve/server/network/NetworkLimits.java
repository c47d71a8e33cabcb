package dev.varve.server.network;

import dev.varve.protocol.RequestLimits;
import dev.varve.server.config.OutputLimits;

/**
 * What connections may take. Immutable; a new one takes its place when settings change.
 *
 * @param request limits of requests
 * @param outputBytes unsent replies at which no more requests are taken from a connection
 * @param output at which a client is closed
 * @param outputSeconds after which a client that takes none of its replies is closed
 * @param streamSeconds after which a client is closed that hasn't taken all of a large reply
 * @param idleSeconds after which a connection that sends nothing is closed; 0: never
 * @param keepAliveSeconds between probes of silent connections that are accepted from now on; 0:
 *     there are none
 * @param maxClients connections at once
 * @param clientMemory bytes of all connections together at which the largest are closed; 0: none
 *     are
 * @param protectedMode whether to refuse connections from other machines as long as there is no
 *     password
 */
public record NetworkLimits(
    RequestLimits request,
    int outputBytes,
    OutputLimits output,
    int outputSeconds,
    int streamSeconds,
    int idleSeconds,
    int keepAliveSeconds,
    int maxClients,
    long clientMemory,
    boolean protectedMode) {}
