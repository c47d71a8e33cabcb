package dev.varve.storage.base;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Where among keys the entries of a range lie, about: sources name some of their keys, and how many
 * of their entries each stands for. Used by one thread.
 */
public final class KeySpread {
  private final List<Part> named = new ArrayList<>();
  private double entries;

  /**
   * A key, and about how many entries it stands for: those that lie around it.
   *
   * @param key not to be changed
   */
  public record Part(byte[] key, double entries) {}

  /** A source has so many entries around a key, which stays as it is. */
  public void add(byte[] key, double around) {
    named.add(new Part(key, around));
    entries += around;
  }

  /** Returns about how many entries there are; of dead ones there may be many among them. */
  public double entries() {
    return entries;
  }

  /**
   * Divides the entries into parts that are about as large as each other, in the order of keys.
   *
   * @param most how many there are at most
   */
  public List<Part> parts(int most) {
    List<Part> sorted = new ArrayList<>(named);
    sorted.sort(Comparator.comparing(Part::key, Arrays::compareUnsigned));
    List<Part> parts = new ArrayList<>();
    int begin = 0;
    double before = 0;
    double passed = 0;
    for (int end = 1; end <= sorted.size(); end++) {
      passed += sorted.get(end - 1).entries();
      if (passed * most >= entries * (parts.size() + 1) || end == sorted.size()) {
        double within = passed - before;
        parts.add(new Part(middle(sorted.subList(begin, end), within), within));
        begin = end;
        before = passed;
      }
    }
    return parts;
  }

  /** The key before which half of the entries lie. */
  private static byte[] middle(List<Part> sorted, double entries) {
    int at = 0;
    double passed = sorted.getFirst().entries();
    while (2 * passed < entries && at < sorted.size() - 1) {
      at++;
      passed += sorted.get(at).entries();
    }
    return sorted.get(at).key();
  }
}
