/**
 * Makes a damaged database one that opens again, out of what is sound. Nothing is deleted: what
 * can't be used is moved aside.
 */
package dev.varve.storage.repair;
