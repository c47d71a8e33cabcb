package dev.varve.server.bootstrap;

import dev.varve.server.datatype.check.CollectionCheck;
import dev.varve.server.datatype.check.Fault;
import dev.varve.server.datatype.check.FaultListener;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.Map;

/** Prints each thing that is wrong with what keys lead to, and in the end how many of each kind. */
final class FaultPrinter implements FaultListener {
  private final Map<Fault, Long> counts = new EnumMap<>(Fault.class);

  @Override
  public void found(Fault fault, int databaseId, byte[] key, String detail) {
    counts.merge(fault, 1L, Long::sum);
    String what = key == null ? "a collection" : "the key " + text(key);
    System.out.printf(
        "wrong: %s of database id %s %s: %s%n",
        what, Integer.toUnsignedString(databaseId), fault.text(), detail);
  }

  /** A key's bytes as ASCII, others as they are written in Java. */
  static String text(byte[] key) {
    StringBuilder text = new StringBuilder("\"");
    for (char each : new String(key, StandardCharsets.ISO_8859_1).toCharArray()) {
      boolean isPlain = each >= ' ' && each <= '~' && each != '"' && each != '\\';
      text.append(isPlain ? "" + each : String.format("\\x%02x", (int) each));
    }
    return text.append('"').toString();
  }

  /** Prints what was looked at, and how much of what kind was found. */
  void end(CollectionCheck.Result result) {
    System.out.printf(
        "%,d keys, %,d collections in one value, %,d of elements apart; %,d that have gone wait for"
            + " merges to give their space back%n",
        result.keys(), result.packed(), result.spread(), result.unreachable());
    counts.forEach((fault, count) -> System.out.printf("%,d: %s%n", count, fault.text()));
  }
}
