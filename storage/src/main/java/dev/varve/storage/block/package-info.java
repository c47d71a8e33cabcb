/**
 * Files made of blocks, each with its length, compression and checksum: what tables and blob files
 * have in common.
 */
package dev.varve.storage.block;
