package dev.varve.server.dispatch;

import java.util.Set;

/** The figures that INFO tells. Safe for use by many threads. */
public interface ServerInfo {
  /**
   * Returns INFO's text: each section as {@code # Title}, its lines {@code name:value}, all ended
   * by CR LF, an empty line between sections.
   *
   * @param sections lower-case names of the sections; {@code default}, {@code all} and {@code
   *     everything} stand for many. Unknown ones are left out.
   */
  String text(Set<String> sections);

  /** Sets the statistics that CONFIG RESETSTAT resets to zero. */
  void resetStatistics();
}
