/** The Varve server: see the subpackages, in the order in which a write passes through them. */
package dev.varve.server;
