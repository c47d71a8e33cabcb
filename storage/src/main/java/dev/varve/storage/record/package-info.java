/**
 * Records of any length in files that are written from front to back: the framing that log and
 * manifest share. The bytes are drawn above {@link dev.varve.storage.record.RecordWriter} and in
 * {@code docs/formats/record.md}.
 */
package dev.varve.storage.record;
