package dev.varve.lua.runtime;

/** The names of metatables' fields. */
public final class Events {
  public static final LuaString INDEX = LuaString.of("__index");
  public static final LuaString NEWINDEX = LuaString.of("__newindex");
  public static final LuaString CALL = LuaString.of("__call");
  public static final LuaString TOSTRING = LuaString.of("__tostring");
  public static final LuaString METATABLE = LuaString.of("__metatable");
  public static final LuaString UNARY_MINUS = LuaString.of("__unm");
  static final LuaString EQUAL = LuaString.of("__eq");
  static final LuaString LESS = LuaString.of("__lt");
  static final LuaString LESS_OR_EQUAL = LuaString.of("__le");
  static final LuaString CONCAT = LuaString.of("__concat");
  static final LuaString LENGTH = LuaString.of("__len");

  private Events() {}
}
