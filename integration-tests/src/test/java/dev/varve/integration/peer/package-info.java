/**
 * A real Redis beside the packaged server: both get the same bytes, and both must answer with the
 * same bytes.
 */
package dev.varve.integration.peer;
