/**
 * Blob files: immutable files of large values, which tables refer to. The format is in {@code
 * docs/formats/blob.md}.
 */
package dev.varve.storage.blob;
