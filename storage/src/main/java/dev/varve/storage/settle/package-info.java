/** What is owed to counts of live keys, found out by looking beneath. */
package dev.varve.storage.settle;
