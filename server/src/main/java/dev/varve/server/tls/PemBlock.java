package dev.varve.server.tls;

import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One block of a PEM file: what stands between a BEGIN and its END.
 *
 * @param label after BEGIN
 * @param headers as {@code DEK-Info}, their names in lower case
 * @param bytes in DER, unless headers say otherwise
 */
@SuppressWarnings("ArrayRecordComponent") // passed on at once, never compared
record PemBlock(String label, Map<String, String> headers, byte[] bytes) {
  private static final String BEGIN = "-----BEGIN ";
  private static final String END = "-----END ";
  private static final String DASHES = "-----";

  /**
   * Returns all blocks of a text, which may have anything between them.
   *
   * @throws TlsException if one has no end or isn't in base 64
   */
  static List<PemBlock> all(String text) throws TlsException {
    List<PemBlock> blocks = new ArrayList<>();
    String label = null;
    Map<String, String> headers = new HashMap<>();
    StringBuilder base64 = new StringBuilder();
    for (String line : text.lines().map(String::strip).toList()) {
      if (label == null) {
        if (line.startsWith(BEGIN) && line.endsWith(DASHES) && line.length() > BEGIN.length()) {
          label = line.substring(BEGIN.length(), line.length() - DASHES.length());
          headers.clear();
          base64.setLength(0);
        }
      } else if (line.startsWith(END)) {
        blocks.add(new PemBlock(label, Map.copyOf(headers), decode(label, base64.toString())));
        label = null;
      } else if (line.contains(":")) {
        int colon = line.indexOf(':');
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      } else {
        base64.append(line);
      }
    }
    if (label != null) {
      throw new TlsException("no end of " + label);
    }
    return blocks;
  }

  private static byte[] decode(String label, String base64) throws TlsException {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new TlsException(label + " is damaged: " + e.getMessage(), e);
    }
  }
}
