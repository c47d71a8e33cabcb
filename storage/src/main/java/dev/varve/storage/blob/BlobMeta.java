package dev.varve.storage.blob;

import dev.varve.storage.StorageException.Corruption;

/**
 * What is known of a blob file without opening it.
 *
 * @param number of the file
 * @param bytes size of the file
 * @param values how many values it has
 * @param valueBytes what these take in the file: all that isn't overhead of the file itself
 * @param fingerprint the CRC32C of the checksums of all its blocks: tells it from other blob files
 *     that are alike in all else
 */
public record BlobMeta(long number, long bytes, long values, long valueBytes, long fingerprint) {
  /** Checks that it makes sense. */
  public BlobMeta {
    if (number <= 0
        || values <= 0
        || values > Integer.MAX_VALUE
        || valueBytes <= 0
        || bytes < valueBytes
        || fingerprint < 0) {
      throw new IllegalArgumentException("blob file " + number + " has impossible properties");
    }
  }

  /**
   * Makes sure that an open blob file is the one that this tells of, and not another one under its
   * name.
   *
   * @throws Corruption if it isn't
   */
  public void check(BlobReader blob) {
    if (!equals(blob.meta())) {
      throw new Corruption(
          blob.name(),
          0,
          "the blob file that the manifest names: " + this + ", not " + blob.meta());
    }
  }

  /** Whether both files are the same, under two names. */
  public boolean isCopyOf(BlobMeta other) {
    return bytes == other.bytes
        && values == other.values
        && valueBytes == other.valueBytes
        && fingerprint == other.fingerprint;
  }

  @Override
  public String toString() {
    return String.format(
        "blob file %d of %d bytes, %d values, fingerprint %08x",
        number, bytes, values, fingerprint);
  }
}
