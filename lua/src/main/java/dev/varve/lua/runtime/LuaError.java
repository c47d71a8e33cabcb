package dev.varve.lua.runtime;

/** An error that Lua code may catch, with its value. */
public final class LuaError extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final transient Object value;

  public LuaError(Object value) {
    super(null, null, false, false);
    this.value = value;
  }

  public LuaError(String message) {
    this(LuaString.of(message));
  }

  /** What {@code pcall} gives. */
  public Object value() {
    return value;
  }

  /** The value, if it is a string or number; else what it is. */
  @Override
  public String getMessage() {
    LuaString s = Values.string(value);
    return s != null ? s.toString() : "(error object is a " + Values.type(value) + " value)";
  }
}
