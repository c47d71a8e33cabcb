package dev.varve.server.acl;

import java.util.ArrayList;
import java.util.List;

/** The rules of one user, as they were given: a selector may have come in several words. */
final class RuleWords {
  private final List<String> rules = new ArrayList<>();

  /** The first word of a selector that has no end; null: all have. */
  private String open;

  private RuleWords() {}

  static RuleWords of(List<String> words) {
    RuleWords result = new RuleWords();
    StringBuilder selector = null;
    for (String word : words) {
      if (word.startsWith("(") && !word.endsWith(")")) {
        selector = new StringBuilder(word);
        result.open = word;
      } else if (selector == null) {
        result.rules.add(word);
      } else {
        selector.append(' ').append(word);
        if (word.endsWith(")")) {
          result.rules.add(selector.toString());
          selector = null;
          result.open = null;
        }
      }
    }
    return result;
  }

  /** Rules, each whole. */
  List<String> rules() {
    return rules;
  }

  String open() {
    return open;
  }
}
