/** x. */
package dev.varve.storage;
