/**
 * The command table and what stands between a request and its command: routing, checks, and the
 * seams through which commands reach the rest of the server. Implemented in {@code server.network},
 * {@code .writer} and {@code .bootstrap}; used by {@code server.command}.
 */
package dev.varve.server.dispatch;
