package dev.varve.server.command.script;

import dev.varve.lua.runtime.LuaFunction;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** A library of functions as an interpreter has loaded it. Of its thread. */
final class Library {
  private final String name;
  private final byte[] code;
  private final Map<String, Function> functions = new LinkedHashMap<>();

  /**
   * One function.
   *
   * @param description null if it has none
   */
  record Function(String name, byte[] description, Set<ScriptFlag> flags, LuaFunction body) {}

  Library(String name, byte[] code) {
    this.name = name;
    this.code = code;
  }

  String name() {
    return name;
  }

  /** Returns its text, which nobody changes. */
  byte[] code() {
    return code;
  }

  /** Returns its functions, by their names. */
  Map<String, Function> functions() {
    return functions;
  }
}
