/**
 * The one narrow way to files. Everything that the engine does on a disk goes through {@link
 * dev.varve.storage.fs.FileSystem}, so that crashes and errors can be simulated beneath it.
 */
package dev.varve.storage.fs;
