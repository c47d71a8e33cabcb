/**
 * Sockets and connections: reads requests, has each executed where it belongs, and sends the
 * replies in order, within bounds.
 */
package dev.varve.server.network;
