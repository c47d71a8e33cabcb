package dev.varve.server.command.script;

/** Ends a script by somebody else's wish. Scripts can't catch it. */
final class ScriptKilled extends Error {
  private static final long serialVersionUID = 1L;

  ScriptKilled() {
    super("killed", null, false, false);
  }
}
