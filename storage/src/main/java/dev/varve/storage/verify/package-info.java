/**
 * Reads a whole database and tells what of it is not as it was written. Changes nothing; what to do
 * about it is in {@code repair}.
 */
package dev.varve.storage.verify;
