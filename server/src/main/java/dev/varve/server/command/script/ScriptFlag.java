package dev.varve.server.command.script;

import java.util.Set;

/** What a script or function says of itself. */
enum ScriptFlag {
  /** It changes no keys. */
  NO_WRITES("no-writes"),
  /** It may run though there is no memory left. */
  ALLOW_OOM("allow-oom"),
  /** It may run on a replica whose data is stale. */
  ALLOW_STALE("allow-stale"),
  /** It doesn't run in a cluster. */
  NO_CLUSTER("no-cluster"),
  /** It may use keys of different slots. */
  ALLOW_CROSS_SLOT_KEYS("allow-cross-slot-keys");

  private final String label;

  ScriptFlag(String label) {
    this.label = label;
  }

  String label() {
    return label;
  }

  /** Returns the flag of a label; null: there is none. */
  static ScriptFlag find(String label) {
    for (ScriptFlag flag : values()) {
      if (flag.label.equals(label)) {
        return flag;
      }
    }
    return null;
  }

  /** Whether what says so of itself, or says nothing, may write. */
  static boolean allowsWrites(Set<ScriptFlag> flags) {
    return flags == null || !flags.contains(NO_WRITES);
  }
}
