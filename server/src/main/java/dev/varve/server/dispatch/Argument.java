package dev.varve.server.dispatch;

import java.util.List;

/**
 * An argument as COMMAND DOCS describes it. Immutable; the methods return changed copies.
 *
 * @param name its name in syntax
 * @param type {@code string}, {@code integer}, {@code double}, {@code key}, {@code pattern}, {@code
 *     unix-time}, {@code pure-token}, {@code oneof} or {@code block}
 * @param keySpec index of the key spec that has it; -1 if none
 * @param token the word in front of it, or that it is; null if none
 * @param since the version of Redis that it came with; null if that of the command
 * @param deprecatedSince the version of Redis that advises against it; null if none does
 * @param optional whether it may be left out
 * @param multiple whether it may be repeated
 * @param tokenRepeated whether the word in front of it is repeated with it
 * @param arguments of a {@code oneof} the choices, of a {@code block} the parts
 */
public record Argument(
    String name,
    String type,
    int keySpec,
    String token,
    String since,
    String deprecatedSince,
    boolean optional,
    boolean multiple,
    boolean tokenRepeated,
    List<Argument> arguments) {

  private static Argument of(String name, String type, int keySpec, List<Argument> arguments) {
    return new Argument(name, type, keySpec, null, null, null, false, false, false, arguments);
  }

  /** An argument of a simple type. */
  public static Argument plain(String name, String type) {
    return of(name, type, -1, List.of());
  }

  /** A key, found by the key spec of this index. */
  public static Argument key(String name, int keySpec) {
    return of(name, "key", keySpec, List.of());
  }

  /** A word that stands for itself. */
  public static Argument word(String name, String token) {
    return plain(name, "pure-token").token(token);
  }

  /** One of several. */
  public static Argument oneOf(String name, Argument... choices) {
    return of(name, "oneof", -1, List.of(choices));
  }

  /** Several in a row. */
  public static Argument block(String name, Argument... parts) {
    return of(name, "block", -1, List.of(parts));
  }

  /** Returns it with a word in front. */
  public Argument token(String word) {
    return new Argument(
        name,
        type,
        keySpec,
        word,
        since,
        deprecatedSince,
        optional,
        multiple,
        tokenRepeated,
        arguments);
  }

  /** Returns it as found by the key spec of this index, though it is no key. */
  public Argument inKeySpec(int index) {
    return new Argument(
        name,
        type,
        index,
        token,
        since,
        deprecatedSince,
        optional,
        multiple,
        tokenRepeated,
        arguments);
  }

  /** Returns it as new in a version. */
  public Argument since(String version) {
    return new Argument(
        name,
        type,
        keySpec,
        token,
        version,
        deprecatedSince,
        optional,
        multiple,
        tokenRepeated,
        arguments);
  }

  /** Returns it as out of use since a version. */
  public Argument deprecatedSince(String version) {
    return new Argument(
        name, type, keySpec, token, since, version, optional, multiple, tokenRepeated, arguments);
  }

  /** Returns it as one that may be left out. */
  public Argument asOptional() {
    return new Argument(
        name,
        type,
        keySpec,
        token,
        since,
        deprecatedSince,
        true,
        multiple,
        tokenRepeated,
        arguments);
  }

  /** Returns it as one that may be repeated, after the one word in front. */
  public Argument asMultiple() {
    return new Argument(
        name,
        type,
        keySpec,
        token,
        since,
        deprecatedSince,
        optional,
        true,
        tokenRepeated,
        arguments);
  }

  /** Returns it as one that may be repeated together with the word in front. */
  public Argument asMultipleWithToken() {
    return new Argument(
        name, type, keySpec, token, since, deprecatedSince, optional, true, true, arguments);
  }
}
