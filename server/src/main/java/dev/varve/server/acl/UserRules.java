package dev.varve.server.acl;

import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.Denial;
import dev.varve.server.dispatch.Permissions;
import dev.varve.server.dispatch.Users;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** All rules of a user. Immutable. */
final class UserRules implements Permissions {
  /** Heap of rules, and of the user who has them, beside what they consist of. */
  private static final int BYTES = 512;

  private static final int PASSWORD_BYTES = 128;

  private final List<String> flags;
  private final boolean enabled;
  private final boolean needsNoPassword;
  private final List<String> passwords;

  /** The first is the user's own, the others are those in parentheses. */
  private final Selector[] selectors;

  private final boolean allowsAll;

  UserRules(UserRulesDraft draft) {
    flags = List.copyOf(draft.flags());
    enabled = draft.enabled();
    needsNoPassword = draft.needsNoPassword();
    passwords = List.copyOf(draft.passwords());
    selectors = draft.selectors().toArray(Selector[]::new);
    boolean all = false;
    for (Selector selector : selectors) {
      all |= selector.allowsAll();
    }
    allowsAll = all;
  }

  boolean enabled() {
    return enabled;
  }

  /** Returns about how much heap they take. */
  long bytes() {
    long bytes = BYTES + (long) PASSWORD_BYTES * passwords.size();
    for (Selector selector : selectors) {
      bytes += selector.bytes();
    }
    return bytes;
  }

  boolean needsNoPassword() {
    return needsNoPassword;
  }

  List<String> flags() {
    return flags;
  }

  List<String> passwords() {
    return passwords;
  }

  List<Selector> selectors() {
    return List.of(selectors);
  }

  @Override
  public Denial denial(CommandSpec command, Request request, int offset) {
    if (allowsAll) {
      return null;
    }
    Denial told = null;
    for (Selector selector : selectors) {
      Denial denial = selector.denial(command, request, offset);
      if (denial == null) {
        return null;
      }
      if (told == null || comesBehind(denial, told)) {
        told = denial;
      }
    }
    return told;
  }

  private static boolean comesBehind(Denial one, Denial other) {
    int order = one.kind().compareTo(other.kind());
    return order > 0 || (order == 0 && one.argument() > other.argument());
  }

  @Override
  public boolean allowsReadingAll(CommandSpec command, Request request) {
    if (allowsAll) {
      return true;
    }
    for (Selector selector : selectors) {
      if (selector.denial(command, request, 0) == null && selector.allowsReadingAll()) {
        return true;
      }
    }
    return false;
  }

  /** Whether somebody who gives a password may log in. */
  boolean accepts(byte[] password) {
    if (!enabled) {
      return false;
    }
    if (needsNoPassword) {
      return true;
    }
    byte[] hash = hash(password).getBytes(StandardCharsets.US_ASCII);
    boolean accepted = false;
    for (String its : passwords) {
      // In a time that doesn't tell how much of it is right.
      accepted |= MessageDigest.isEqual(its.getBytes(StandardCharsets.US_ASCII), hash);
    }
    return accepted;
  }

  Users.Description describe() {
    List<Users.Rules> others = selectors().stream().skip(1).map(Selector::describe).toList();
    return new Users.Description(flags, passwords, selectors[0].describe(), others);
  }

  /** As a configuration file says it, after the name. */
  String line() {
    StringBuilder line = new StringBuilder();
    flags.forEach(flag -> line.append(flag).append(' '));
    passwords.forEach(password -> line.append('#').append(password).append(' '));
    line.append(selectors[0].line());
    for (int i = 1; i < selectors.length; i++) {
      line.append(" (").append(selectors[i].line()).append(')');
    }
    return line.toString();
  }

  /** Whether a text has blanks or zero bytes, which would break the line that it stands in. */
  static boolean hasBlanks(String text) {
    return text.chars().anyMatch(c -> c == 0 || c == ' ' || (c >= '\t' && c <= '\r'));
  }

  /** The SHA-256 of a password in hexadecimal. */
  static String hash(byte[] password) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(password));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
