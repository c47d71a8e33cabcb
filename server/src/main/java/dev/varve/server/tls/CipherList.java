package dev.varve.server.tls;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * A list of cipher suites of TLSv1.2 as OpenSSL writes them: names and classes with colons between,
 * {@code ECDHE+AESGCM:!SHA1}. {@code -} takes suites out, {@code !} for good, {@code +} puts them
 * last. What isn't known names nothing, as with OpenSSL. Not safe for use by many threads.
 */
final class CipherList {
  private final List<Suite> known;
  private final LinkedHashSet<Suite> chosen = new LinkedHashSet<>();
  private final Set<Suite> banned = new HashSet<>();

  private CipherList(List<String> names) {
    known = names.stream().map(CipherList::suite).toList();
  }

  /**
   * Returns the suites that a list chooses, in its order.
   *
   * @param names of all suites that there are, by the JDK's names
   */
  static List<String> choose(String list, List<String> names) {
    CipherList choice = new CipherList(names);
    for (String word : list.split("[:, ]", -1)) {
      choice.apply(word);
    }
    return choice.chosen.stream().map(Suite::name).toList();
  }

  private void apply(String word) {
    if (word.isEmpty() || word.startsWith("@SECLEVEL")) {
      return;
    }
    if (word.equals("@STRENGTH")) {
      sortByStrength();
      return;
    }
    char sign = word.charAt(0);
    boolean signed = sign == '-' || sign == '!' || sign == '+';
    List<Suite> meant = known.stream().filter(meaning(signed ? word.substring(1) : word)).toList();
    switch (sign) {
      case '-' -> meant.forEach(chosen::remove);
      case '!' -> {
        meant.forEach(chosen::remove);
        banned.addAll(meant);
      }
      case '+' -> meant.stream().filter(chosen::contains).forEach(chosen::addLast);
      default -> meant.stream().filter(suite -> !banned.contains(suite)).forEach(chosen::add);
    }
  }

  private void sortByStrength() {
    List<Suite> sorted = new ArrayList<>(chosen);
    sorted.sort((a, b) -> Integer.compare(b.bits(), a.bits()));
    chosen.clear();
    chosen.addAll(sorted);
  }

  /** Returns what a word means: a suite by either name, or all that are of each of its classes. */
  private static Predicate<Suite> meaning(String word) {
    List<String> classes = List.of(word.toUpperCase(Locale.ROOT).split("\\+", -1));
    return suite ->
        suite.name().equalsIgnoreCase(word)
            || suite.openSslName().equalsIgnoreCase(word)
            || suite.classes().containsAll(classes);
  }

  /** A suite, by the names that it has, and the classes (in upper case) that it is of. */
  private record Suite(String name, String openSslName, int bits, Set<String> classes) {}

  /** Reads off the JDK's name, {@code TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256}, what a suite is. */
  private static Suite suite(String name) {
    List<String> halves = List.of(name.substring("TLS_".length()).split("_WITH_", 2));
    String keys = halves.getFirst();
    String cipher = halves.getLast();
    Set<String> classes = new HashSet<>(Set.of("ALL", "DEFAULT", "HIGH"));
    if (keys.startsWith("ECDHE")) {
      classes.addAll(Set.of("ECDHE", "EECDH", "KECDHE", "KEECDH"));
    } else {
      classes.addAll(Set.of("DHE", "EDH", "KDHE", "KEDH"));
    }
    String signature = keys.substring(keys.indexOf('_') + 1);
    classes.add("A" + signature);
    if (!signature.equals("RSA")) {
      // RSA by itself stands for an exchange of keys that nobody has any more.
      classes.add(signature);
    }
    boolean is128 = cipher.startsWith("AES_128");
    String digest = cipher.substring(cipher.lastIndexOf('_') + 1);
    boolean isBlocks = cipher.contains("_CBC_");
    if (cipher.startsWith("AES")) {
      classes.addAll(Set.of("AES", is128 ? "AES128" : "AES256"));
    } else {
      classes.add("CHACHA20");
    }
    if (cipher.contains("_GCM_")) {
      classes.add("AESGCM");
    }
    if (isBlocks) {
      classes.addAll(digest.equals("SHA") ? Set.of("SHA", "SHA1") : Set.of(digest));
    }
    if (!isBlocks || !digest.equals("SHA")) {
      classes.add("TLSV1.2");
    } else {
      classes.addAll(keys.startsWith("ECDHE") ? Set.of("TLSV1", "TLSV1.0") : Set.of("SSLV3"));
    }
    return new Suite(name, openSslName(keys, cipher), is128 ? 128 : 256, Set.copyOf(classes));
  }

  private static String openSslName(String keys, String cipher) {
    String itsCipher =
        cipher
            .replace("AES_128", "AES128")
            .replace("AES_256", "AES256")
            .replace("_CBC_", "_")
            .replace("POLY1305_SHA256", "POLY1305");
    return (keys + "_" + itsCipher).replace('_', '-');
  }
}
