/** Keys that clients keep copies of, and how they learn that these are out of date. */
package dev.varve.server.tracking;
