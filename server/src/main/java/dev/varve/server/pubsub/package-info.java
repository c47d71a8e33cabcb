/** Channels that clients publish to, and who subscribes to them. */
package dev.varve.server.pubsub;
