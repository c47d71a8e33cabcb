/** How long the operations of an engine take. */
package dev.varve.storage.latency;
