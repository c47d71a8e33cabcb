/** Ordered walks over entries: the one cursor interface and the merge of many. */
package dev.varve.storage.iterator;
