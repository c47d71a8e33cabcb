/** Copies of databases elsewhere: made, kept, checked, and made databases again. */
package dev.varve.storage.backup;
