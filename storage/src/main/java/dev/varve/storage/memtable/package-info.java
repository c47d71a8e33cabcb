/**
 * Where writes live until they are flushed: records appended to off-heap slabs, a hash index for
 * point lookups, and an order of the keys that is made when somebody asks for it. Why so: {@code
 * docs/decisions/memtable.md}.
 */
package dev.varve.storage.memtable;
