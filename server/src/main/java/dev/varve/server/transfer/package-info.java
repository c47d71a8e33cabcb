/**
 * Data that comes from another server or its files, and goes to one, by the protocol that all
 * speak; knows nothing of this server's parts.
 */
package dev.varve.server.transfer;
