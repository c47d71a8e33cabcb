package dev.varve.storage.base;

/** How the numbers of files are written in their names. */
public final class FileNumber {
  /** Digits of a small number, so that names sort as numbers do; larger ones have more. */
  public static final int LEAST_DIGITS = 6;

  private FileNumber() {}

  /**
   * The number with zeros in front. Not by a formatter: in some languages that writes other digits,
   * and to load what it knows of languages takes as long as to open a small database.
   */
  public static String digits(long number) {
    String digits = Long.toString(number);
    return "0".repeat(Math.max(0, LEAST_DIGITS - digits.length())) + digits;
  }
}
