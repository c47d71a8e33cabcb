package dev.varve.storage.manifest;

import dev.varve.storage.base.FileNumber;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the files of a data directory are called. One counter numbers all that have a number. */
public final class FileNames {
  /** Names the manifest that is in force. */
  public static final String CURRENT = "CURRENT";

  static final String NEXT_CURRENT = "CURRENT.next";

  private static final Pattern TABLE = Pattern.compile("(\\d{6,18})\\.sst");
  private static final Pattern BLOB = Pattern.compile("(\\d{6,18})\\.blob");
  private static final Pattern MANIFEST = Pattern.compile("MANIFEST-(\\d{6,18})");
  private static final Pattern LOG = Pattern.compile("(\\d{6,18})\\.log");

  /** The answer for a name that isn't of the kind asked for. */
  public static final long NONE = -1;

  private FileNames() {}

  /** The file of a table. */
  public static Path table(Path directory, long number) {
    return directory.resolve(FileNumber.digits(number) + ".sst");
  }

  /** A blob file. */
  public static Path blob(Path directory, long number) {
    return directory.resolve(FileNumber.digits(number) + ".blob");
  }

  static String manifest(long number) {
    return "MANIFEST-" + FileNumber.digits(number);
  }

  /** The number of a table's file, or {@link #NONE}. */
  public static long tableNumber(String name) {
    return number(TABLE, name);
  }

  /** The number of a blob file, or {@link #NONE}. */
  public static long blobNumber(String name) {
    return number(BLOB, name);
  }

  static long manifestNumber(String name) {
    return number(MANIFEST, name);
  }

  /** Whether a file is a table or a blob file, by its name. */
  static boolean isTableOrBlob(String name) {
    return TABLE.matcher(name).matches() || BLOB.matcher(name).matches();
  }

  /** Whether a file is a table, a blob file or a log segment, by its name. */
  static boolean isData(String name) {
    return isTableOrBlob(name) || LOG.matcher(name).matches();
  }

  /** Whether a file is a manifest, by its name. */
  public static boolean isManifest(String name) {
    return MANIFEST.matcher(name).matches();
  }

  /** The number in a file's name, whatever its kind, or {@link #NONE}. */
  static long anyNumber(String name) {
    long ofTables = Math.max(tableNumber(name), blobNumber(name));
    return Math.max(ofTables, Math.max(number(LOG, name), manifestNumber(name)));
  }

  private static long number(Pattern kind, String name) {
    Matcher matcher = kind.matcher(name);
    long number = matcher.matches() ? Long.parseLong(matcher.group(1)) : NONE;
    return number > 0 ? number : NONE; // Numbers begin with 1: nothing of ours has another.
  }
}
