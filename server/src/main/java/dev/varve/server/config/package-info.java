/**
 * The settings: one table that drives the file, the command line, CONFIG and the documentation, and
 * the division of the one memory number.
 */
package dev.varve.server.config;
