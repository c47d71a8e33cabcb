package dev.varve.server.command.script;

import dev.varve.lua.library.Arguments;
import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaString;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;
import dev.varve.protocol.ProtocolVersion;
import dev.varve.protocol.ReplySink;
import dev.varve.server.dispatch.ErrorStatistics;
import java.util.ArrayList;
import java.util.List;

/** Answers with a value of Lua, as Redis makes replies of them. */
final class LuaReply {
  /** As Lua 5.1's stack has room for, when Redis begins to answer. */
  private static final int MOST_SLOTS = 7_995;

  /** What a map or set takes of it while its entries are written; an array takes one. */
  private static final int SLOTS_OF_ENTRIES = 3;

  private static final int STEPS_A_VALUE = 4;

  private final Interpreter lua;
  private final ReplySink reply;
  private final ProtocolVersion scripts;
  private final ErrorStatistics errors;

  /** Tables within each other of which the rest is still to be written, the innermost last. */
  private final List<Open> open = new ArrayList<>();

  private int slots;

  private enum Kind {
    ARRAY,
    MAP,
    SET
  }

  /** A table that is being written. */
  private static final class Open {
    private final LuaTable table;
    private final Kind kind;
    private final int count;

    /** For an array, how many elements are written; otherwise the place of the next entry. */
    private int at;

    private boolean keyIsWritten;

    private Open(LuaTable table, Kind kind, int count, int at) {
      this.table = table;
      this.kind = kind;
      this.count = count;
      this.at = at;
    }
  }

  /**
   * Makes what answers once.
   *
   * @param scripts the protocol that the script has chosen
   * @param errors have counted an error already that the script only hands on
   */
  LuaReply(Interpreter lua, ReplySink reply, ProtocolVersion scripts, ErrorStatistics errors) {
    this.lua = lua;
    this.reply = reply;
    this.scripts = scripts;
    this.errors = errors;
  }

  /** Writes the value. */
  void write(Object value) {
    begin(value);
    while (!open.isEmpty()) {
      goOn(open.getLast());
    }
  }

  /** Writes a value, or the beginning of a table. */
  private void begin(Object value) {
    lua.spend(STEPS_A_VALUE);
    if (slots >= MOST_SLOTS) {
      reply.error("ERR reached lua stack limit");
      return;
    }
    switch (value) {
      case LuaString string -> reply.bulk(string.bytes());
      case Boolean truth -> writeBoolean(truth);
      case Double number -> reply.integer(Arguments.toLong(number));
      case LuaTable table -> writeTable(table);
      case null, default -> reply.nullBulk();
    }
  }

  private void goOn(Open last) {
    if (last.kind == Kind.ARRAY ? last.at == last.count : last.at < 0) {
      open.removeLast();
      slots -= slotsOf(last.kind);
    } else if (last.kind == Kind.ARRAY) {
      begin(last.table.get((double) ++last.at));
    } else if (last.keyIsWritten) {
      Object value = last.table.valueAt(last.at);
      last.keyIsWritten = false;
      last.at = last.table.placeFrom(last.at + 1);
      begin(value);
    } else {
      Object key = last.table.keyAt(last.at);
      if (last.kind == Kind.MAP) {
        last.keyIsWritten = true;
      } else {
        last.at = last.table.placeFrom(last.at + 1);
      }
      begin(key);
    }
  }

  private static int slotsOf(Kind kind) {
    return kind == Kind.ARRAY ? 1 : SLOTS_OF_ENTRIES;
  }

  private void writeBoolean(boolean truth) {
    if (scripts != ProtocolVersion.RESP2) {
      reply.booleanValue(truth);
    } else if (truth) {
      reply.integer(1);
    } else {
      reply.nullBulk();
    }
  }

  private void writeTable(LuaTable table) {
    if (table.get(ReplyValues.ERROR) instanceof LuaString) {
      writeError(table, "");
      return;
    }
    if (table.get(ReplyValues.STATUS) instanceof LuaString status) {
      reply.simpleString(text(status));
      return;
    }
    if (table.get(ReplyValues.DOUBLE) instanceof Double number) {
      reply.doubleValue(number);
      return;
    }
    if (table.get(ReplyValues.BIG_NUMBER) instanceof LuaString number) {
      writeBigNumber(number);
      return;
    }
    if (table.get(ReplyValues.VERBATIM) instanceof LuaTable parts
        && parts.get(ReplyValues.FORMAT) instanceof LuaString format
        && parts.get(ReplyValues.STRING) instanceof LuaString text) {
      writeVerbatim(format, text);
      return;
    }
    if (table.get(ReplyValues.MAP) instanceof LuaTable map) {
      writeEntries(map, Kind.MAP);
    } else if (table.get(ReplyValues.SET) instanceof LuaTable set) {
      writeEntries(set, Kind.SET);
    } else {
      writeArray(table);
    }
  }

  /**
   * Writes an error.
   *
   * @param text up to a zero byte
   * @param place after its text, where it happened
   */
  void writeError(String text, String place) {
    reply.error(text(text) + place);
  }

  /** As {@link #writeError(String, String)}, of a table with an error. */
  void writeError(LuaTable error, String place) {
    LuaString text = Values.string(error.get(ReplyValues.ERROR));
    String line = (text == null ? "ERR unknown error" : text(text)) + place;
    if (error.get(ReplyValues.NOT_COUNTED) instanceof Boolean counted && counted) {
      errors.add(ErrorStatistics.codeOf(line), -1);
    }
    reply.error(line);
  }

  private void writeBigNumber(LuaString text) {
    reply.bigNumber(text.toString().replace('\r', ' ').replace('\n', ' '));
  }

  private void writeVerbatim(LuaString format, LuaString text) {
    reply.verbatim(text(format), text.bytes());
  }

  /** Returns a string as C sees it: up to a zero byte. */
  static String text(LuaString string) {
    return text(string.toString());
  }

  private static String text(String all) {
    int zero = all.indexOf(0);
    return zero < 0 ? all : all.substring(0, zero);
  }

  private void writeArray(LuaTable table) {
    int count = 0;
    while (table.get((double) (count + 1)) != null) {
      count++;
    }
    reply.arrayHeader(count);
    open(table, Kind.ARRAY, count, 0);
  }

  private void writeEntries(LuaTable table, Kind kind) {
    int count = 0;
    for (int place = table.placeFrom(0); place >= 0; place = table.placeFrom(place + 1)) {
      count++;
    }
    if (kind == Kind.MAP) {
      reply.mapHeader(count);
    } else {
      reply.setHeader(count);
    }
    open(table, kind, count, table.placeFrom(0));
  }

  private void open(LuaTable table, Kind kind, int count, int at) {
    lua.spend(count);
    open.add(new Open(table, kind, count, at));
    slots += slotsOf(kind);
  }
}
