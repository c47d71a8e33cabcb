/** Places on earth, as scores of sorted sets. */
package dev.varve.server.datatype.geo;
