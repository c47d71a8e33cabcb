/** Lists as keys. */
package dev.varve.server.datatype.list;
