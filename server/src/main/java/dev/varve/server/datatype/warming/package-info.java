/** Has memory fetched that commands are about to look at, for many of them at once. */
package dev.varve.server.datatype.warming;
