/**
 * Redis's databases, keys, types and deadlines as engine keys: how they lie there, how they are
 * read and changed. Knows nothing of replies or connections.
 */
package dev.varve.server.datatype;
