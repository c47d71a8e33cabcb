package dev.varve.storage.backup;

import dev.varve.storage.StorageException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of a database as a target keeps it: by what is in it, so that no two contents share a
 * name, and backups share what they have in common.
 *
 * @param name what the database calls it
 * @param bytes its size
 * @param sum SHA-256 of what is in it, in hexadecimal digits
 */
public record StoredFile(String name, long bytes, String sum) {
  private static final Pattern STORED =
      Pattern.compile("(CURRENT|MANIFEST-\\d+|\\d+\\.(?:log|sst|blob))-([0-9a-f]{64})");

  /** Checks that it is the name of a file beside others. */
  public StoredFile {
    if (!STORED.matcher(name + "-" + sum).matches()) {
      throw new IllegalArgumentException(name + " " + sum);
    }
  }

  /** What the target calls it. */
  String storedName() {
    return name + "-" + sum;
  }

  /** The one of that name in a target; null if the name isn't one's. */
  static StoredFile of(String storedName, long bytes) {
    Matcher matcher = STORED.matcher(storedName);
    return matcher.matches() ? new StoredFile(matcher.group(1), bytes, matcher.group(2)) : null;
  }

  /** What is thrown if the bytes at a place aren't those that were stored. */
  StorageException.Corruption damaged(String where) {
    return new StorageException.Corruption(where, 0, bytes + " bytes with SHA-256 " + sum);
  }
}
