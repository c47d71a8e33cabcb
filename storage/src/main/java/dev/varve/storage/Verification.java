package dev.varve.storage;

/**
 * What a verification came to.
 *
 * @param tables tables that were read from end to end
 * @param blobFiles blob files that were read from end to end
 * @param logSegments log segments that were read, as recovery would read them
 * @param bytes sizes of all files that were dealt with
 * @param entries point entries in the tables
 * @param lastSequence the last sequence number found, in tables or log
 * @param damages places that are not as they were written, each told to the listener
 */
public record Verification(
    long tables,
    long blobFiles,
    long logSegments,
    long bytes,
    long entries,
    long lastSequence,
    long damages) {
  /** Whether everything is as it was written. */
  public boolean isSound() {
    return damages == 0;
  }
}
