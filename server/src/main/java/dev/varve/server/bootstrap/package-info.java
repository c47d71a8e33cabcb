/** The programs: what reads the settings, builds everything, starts it, and stops it. */
package dev.varve.server.bootstrap;
