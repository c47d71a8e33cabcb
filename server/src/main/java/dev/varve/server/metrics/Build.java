package dev.varve.server.metrics;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.zip.CRC32C;

/**
 * What this program was made from.
 *
 * @param version of Varve
 * @param commit the beginning of the commit's name; zeros if it isn't known
 * @param dirty whether something had been changed since
 */
public record Build(String version, String commit, boolean dirty) {
  /** Returns what tells builds apart. */
  String id() {
    CRC32C sum = new CRC32C();
    sum.update(toString().getBytes(StandardCharsets.UTF_8));
    return String.format(Locale.ROOT, "%016x", sum.getValue());
  }
}
