/** The commands on sorted sets. */
package dev.varve.server.command.zset;
