/**
 * Which tables there are, in which level, and what else must outlive the process: an immutable
 * {@code Version}, moved on by {@link dev.varve.storage.manifest.VersionEdit}s that {@link
 * dev.varve.storage.manifest.Manifest} makes durable.
 */
package dev.varve.storage.manifest;
