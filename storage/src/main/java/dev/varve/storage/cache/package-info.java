/**
 * Off-heap memory for table blocks: the bounded block cache and the pool of buffers that reading
 * and writing borrow from.
 */
package dev.varve.storage.cache;
