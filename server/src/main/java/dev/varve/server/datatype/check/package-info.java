/**
 * Whether collections are whole, as they lie in the engine: heads, elements, and what leads to
 * them. It reads the format by itself, as {@code docs/formats/collections.md} has it, so that it
 * and the types hold each other to that.
 */
package dev.varve.server.datatype.check;
