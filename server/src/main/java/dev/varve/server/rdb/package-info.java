/** Redis's format of values, as in its RDB files and in what DUMP answers; knows no commands. */
package dev.varve.server.rdb;
