/** SORT: what lists, sets and sorted sets have, in another order. */
package dev.varve.server.command.sort;
