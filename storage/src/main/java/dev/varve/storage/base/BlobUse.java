package dev.varve.storage.base;

/**
 * What a table, or all tables together, refer to of a blob file.
 *
 * @param blob the file's number
 * @param values how many values
 * @param bytes what these take in the file
 */
public record BlobUse(long blob, long values, long bytes) {
  /** Checks that it makes sense. */
  public BlobUse {
    if (blob <= 0 || values <= 0 || bytes <= 0) {
      throw new IllegalArgumentException("an impossible use of blob file " + blob);
    }
  }
}
