package dev.varve.server.command.script;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.protocol.DoubleFormat;
import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import io.netty.buffer.ByteBuf;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Makes values of Lua of a command's reply, as Redis does of the reply in the protocol that the
 * script has chosen. What is made counts as the script's memory. Of one thread.
 */
final class ReplyValues implements ReplySink {
  static final LuaString ERROR = LuaString.of("err");
  static final LuaString STATUS = LuaString.of("ok");
  static final LuaString NOT_COUNTED = LuaString.of("ignore_error_stats_update");
  static final LuaString MAP = LuaString.of("map");
  static final LuaString SET = LuaString.of("set");
  static final LuaString DOUBLE = LuaString.of("double");
  static final LuaString BIG_NUMBER = LuaString.of("big_number");
  static final LuaString VERBATIM = LuaString.of("verbatim_string");
  static final LuaString FORMAT = LuaString.of("format");
  static final LuaString STRING = LuaString.of("string");
  private static final LuaString OK = LuaString.of("OK");
  private static final LuaString PONG = LuaString.of("PONG");

  /** How many values follow isn't known yet. */
  private static final int UNKNOWN = -1;

  private enum Kind {
    ARRAY,
    MAP,
    SET,
    DROPPED
  }

  /** An aggregate whose values are still coming. */
  private static final class Open {
    private Kind kind;
    private int left;
    private int count;
    private LuaTable table;
    private Object key;

    /** The values so far, if it isn't known how many will come. */
    private List<Object> values;
  }

  private final Interpreter lua;
  private final List<Open> open = new ArrayList<>();
  private ProtocolVersion version = ProtocolVersion.RESP2;
  private Object result;
  private boolean failed;

  /** A string that comes in pieces; null: none does. */
  private byte[] pieces;

  private int given;

  ReplyValues(Interpreter lua) {
    this.lua = lua;
  }

  /** Begins a reply. */
  void begin(ProtocolVersion its) {
    version = its;
    reset();
  }

  /** Forgets what has come so far. */
  void reset() {
    open.clear();
    pieces = null;
    result = null;
    failed = false;
  }

  /** Returns the reply, and forgets it. */
  Object take() {
    if (!open.isEmpty()) {
      throw new IllegalStateException("a reply that isn't complete");
    }
    Object taken = result;
    result = null;
    return taken;
  }

  /** Returns the code of the error that the reply is. */
  String errorCode() {
    String line = ((LuaTable) result).get(ERROR).toString();
    return line.substring(0, line.indexOf(' '));
  }

  /** Returns whether the reply is an error. */
  boolean isError() {
    return failed;
  }

  // Single values

  private void value(Object value) {
    Object next = value;
    while (true) {
      if (open.isEmpty()) {
        result = next;
        return;
      }
      Open last = open.getLast();
      add(last, next);
      if (last.left == UNKNOWN || --last.left > 0) {
        return;
      }
      open.removeLast();
      if (last.kind == Kind.DROPPED) {
        return;
      }
      next = finished(last);
    }
  }

  private void add(Open to, Object value) {
    if (to.values != null) {
      lua.heap().charge(8);
      to.values.add(value);
      return;
    }
    switch (to.kind) {
      case ARRAY -> to.table.set(++to.count, value);
      case SET -> to.table.set(value, true);
      case MAP -> {
        if (++to.count % 2 == 1) {
          to.key = value;
        } else {
          to.table.set(to.key, value);
        }
      }
      case DROPPED -> {}
    }
  }

  private Object finished(Open aggregate) {
    return switch (aggregate.kind) {
      case ARRAY -> aggregate.table;
      case MAP -> field(MAP, aggregate.table);
      case SET -> field(SET, aggregate.table);
      case DROPPED -> throw new IllegalStateException("an attribute is no value");
    };
  }

  private LuaTable field(LuaString name, Object value) {
    LuaTable table = lua.table(0, 1);
    table.set(name, value);
    return table;
  }

  private LuaString text(String chars) {
    return lua.string(chars.getBytes(StandardCharsets.ISO_8859_1));
  }

  @Override
  public ProtocolVersion version() {
    return version;
  }

  @Override
  public void ok() {
    value(field(STATUS, OK));
  }

  @Override
  public void pong() {
    value(field(STATUS, PONG));
  }

  @Override
  public void simpleString(String text) {
    value(field(STATUS, text(text)));
  }

  @Override
  public void error(String codeAndMessage) {
    if (open.isEmpty()) {
      failed = true;
    }
    value(error(lua, codeAndMessage, true));
  }

  /**
   * Makes an error's table.
   *
   * @param line with its code; without a blank in it, it has none
   * @param counted whether it was counted already as one that happened
   */
  static LuaTable error(Interpreter lua, String line, boolean counted) {
    int end = line.length();
    while (end > 0 && (line.charAt(end - 1) == '\r' || line.charAt(end - 1) == '\n')) {
      end--;
    }
    String text = line.substring(0, end);
    LuaTable error = lua.table(0, 1);
    String shown = text.indexOf(' ') < 0 ? "ERR " + text : text;
    error.set(ERROR, lua.string(shown.getBytes(StandardCharsets.ISO_8859_1)));
    if (counted) {
      error.set(NOT_COUNTED, true);
    }
    return error;
  }

  @Override
  public void integer(long value) {
    value((double) value);
  }

  @Override
  public void bulk(byte[] bytes) {
    value(lua.string(bytes.clone()));
  }

  @Override
  public void bulk(byte[] bytes, int offset, int length) {
    byte[] copy = new byte[length];
    System.arraycopy(bytes, offset, copy, 0, length);
    value(lua.string(copy));
  }

  @Override
  public void bulk(ByteBuf bytes, int offset, int length) {
    byte[] copy = new byte[length];
    bytes.getBytes(offset, copy);
    value(lua.string(copy));
  }

  @Override
  public void bulk(MemorySegment bytes, long offset, int length) {
    byte[] copy = new byte[length];
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, copy, 0, length);
    value(lua.string(copy));
  }

  @Override
  public void beginBulk(int length) {
    // Before so much is taken: it may be refused.
    lua.heap().charge(length);
    pieces = new byte[length];
    given = 0;
  }

  @Override
  public void piece(MemorySegment bytes, long offset, int length) {
    MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, offset, pieces, given, length);
    given += length;
  }

  @Override
  public void zeros(int length) {
    given += length;
  }

  @Override
  public void endBulk() {
    byte[] whole = pieces;
    pieces = null;
    value(lua.string(whole));
  }

  @Override
  public void bulk(String text) {
    value(lua.string(text.getBytes(StandardCharsets.UTF_8)));
  }

  @Override
  public void bulk(long value) {
    value(text(Long.toString(value)));
  }

  @Override
  public void bulk(double value) {
    value(text(DoubleFormat.format(value)));
  }

  @Override
  public void nullBulk() {
    value(version == ProtocolVersion.RESP2 ? false : null);
  }

  @Override
  public void nullArray() {
    nullBulk();
  }

  @Override
  public void doubleValue(double value) {
    doubleOf(value, DoubleFormat.format(value));
  }

  @Override
  public void plainDouble(double value) {
    doubleOf(value, DoubleFormat.formatPlainly(value));
  }

  /** The script gets what the protocol's digits read as. */
  private void doubleOf(double value, String text) {
    value(version == ProtocolVersion.RESP2 ? text(text) : field(DOUBLE, value));
  }

  @Override
  public void booleanValue(boolean value) {
    if (version == ProtocolVersion.RESP2) {
      integer(value ? 1 : 0);
    } else {
      value(value);
    }
  }

  @Override
  public void bigNumber(BigInteger value) {
    bigNumber(value.toString());
  }

  @Override
  public void bigNumber(String digits) {
    LuaString text = text(digits);
    value(version == ProtocolVersion.RESP2 ? text : field(BIG_NUMBER, text));
  }

  @Override
  public void verbatim(String text) {
    verbatim("txt", text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void verbatim(String format, byte[] text) {
    LuaString string = lua.string(text);
    if (version == ProtocolVersion.RESP2) {
      value(string);
      return;
    }
    LuaTable parts = lua.table(0, 2);
    parts.set(STRING, string);
    parts.set(FORMAT, text(format));
    value(field(VERBATIM, parts));
  }

  // Aggregates

  private void begin(Kind kind, int values, int arraySize, int entries) {
    Open next = new Open();
    next.kind = kind;
    next.left = values;
    next.table = lua.table(arraySize, entries);
    if (values == 0) {
      value(finished(next));
    } else {
      open.add(next);
    }
  }

  @Override
  public void arrayHeader(int count) {
    begin(Kind.ARRAY, count, 0, 0);
  }

  @Override
  public void mapHeader(int pairs) {
    if (version == ProtocolVersion.RESP2) {
      arrayHeader(2 * pairs);
    } else {
      begin(Kind.MAP, 2 * pairs, 0, 0);
    }
  }

  @Override
  public void setHeader(int count) {
    if (version == ProtocolVersion.RESP2) {
      arrayHeader(count);
    } else {
      begin(Kind.SET, count, 0, 0);
    }
  }

  @Override
  public void pushHeader(int count) {
    arrayHeader(count);
  }

  /** Scripts hear nothing of attributes. */
  @Override
  public void attributeHeader(int pairs) {
    begin(Kind.DROPPED, 2 * pairs, 0, 0);
  }

  @Override
  public boolean leavesAtOnce() {
    return false;
  }

  @Override
  public int beginDeferred() {
    Open next = new Open();
    next.left = UNKNOWN;
    next.values = new ArrayList<>();
    open.add(next);
    return open.size();
  }

  private void end(int begun, Kind kind) {
    if (open.size() != begun) {
      throw new IllegalStateException("nothing was begun at " + begun + " that hasn't ended");
    }
    Open ended = open.removeLast();
    List<Object> values = ended.values;
    if (version == ProtocolVersion.RESP2) {
      begin(Kind.ARRAY, values.size(), 0, 0);
    } else {
      begin(kind, values.size(), 0, 0);
    }
    for (int i = 0; i < values.size(); i++) {
      value(values.get(i));
    }
  }

  @Override
  public void endArray(int begun, int count) {
    end(begun, Kind.ARRAY);
  }

  @Override
  public void endMap(int begun, int pairs) {
    end(begun, Kind.MAP);
  }

  @Override
  public void endSet(int begun, int count) {
    end(begun, Kind.SET);
  }

  @Override
  public void endPush(int begun, int count) {
    end(begun, Kind.ARRAY);
  }
}
