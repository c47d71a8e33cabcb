/** Commands that publish, and subscribe to what is published. */
package dev.varve.server.command.pubsub;
