/**
 * The packaged server from outside: started by its own launcher in a process of its own, driven by
 * real clients, killed, and asked what it still knows.
 */
package dev.varve.integration;
