package dev.varve.storage.record;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;

/** Reads the worked examples of {@code docs/formats}, so that tests can hold the code to them. */
public final class Hex {
  private Hex() {}

  /** The bytes of the first block marked {@code hex} in a page; lines with a # are remarks. */
  public static byte[] example(String page) throws IOException {
    Path docs = Path.of("..", "docs", "formats", page);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    boolean within = false;
    for (String line : Files.readAllLines(docs)) {
      if (line.startsWith("```")) {
        if (within) {
          return bytes.toByteArray();
        }
        within = line.equals("```hex");
      } else if (within && !line.startsWith("#")) {
        bytes.writeBytes(HexFormat.of().parseHex(line.replace(" ", "")));
      }
    }
    throw new IOException(page + " has no example");
  }
}
