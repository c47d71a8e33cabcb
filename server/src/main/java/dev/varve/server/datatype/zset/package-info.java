/** Sorted sets: members in the order of their scores. */
package dev.varve.server.datatype.zset;
