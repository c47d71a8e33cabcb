/** Sets. */
package dev.varve.server.datatype.set;
