package dev.varve.lua.compiler;

import dev.varve.lua.tree.Prototype;
import java.util.ArrayList;
import java.util.List;

/**
 * What is known of a function while it is read: its variables, and those of others that it uses.
 */
final class Scope {
  static final int MAX_LOCALS = 200;
  static final int MAX_UPVALUES = 60;

  final Scope parent;

  /** The line where it begins; 0 for a chunk. */
  final int line;

  final List<Variable> active = new ArrayList<>();
  final List<Variable> parameters = new ArrayList<>();
  private final List<String> upvalueNames = new ArrayList<>();
  final List<Prototype.Capture> captures = new ArrayList<>();
  boolean variable;
  boolean dotsUsed;
  boolean hasArg;
  int loops;
  private int free;
  private int slots;

  Scope(Scope parent, int line) {
    this.parent = parent;
    this.line = line;
  }

  int slots() {
    return slots;
  }

  String describe() {
    return line == 0 ? "main function" : "function at line " + line;
  }

  Variable declare(String name) {
    Variable v = new Variable(name, free++);
    slots = Math.max(slots, free);
    return v;
  }

  /** Ends the life of the variables beyond the first n. */
  void leave(int n, int firstFree) {
    active.subList(n, active.size()).clear();
    free = firstFree;
  }

  int free() {
    return free;
  }

  Variable local(String name) {
    for (int i = active.size() - 1; i >= 0; i--) {
      if (active.get(i).name.equals(name)) {
        return active.get(i);
      }
    }
    return null;
  }

  /** The index of an upvalue; -1 if no function around has such a variable. */
  int upvalue(String name) {
    if (parent == null) {
      return -1;
    }
    Variable v = parent.local(name);
    if (v != null) {
      v.shared = true;
      return capture(name, new Prototype.Capture(true, v.slot), v);
    }
    int outer = parent.upvalue(name);
    return outer < 0 ? -1 : capture(name, new Prototype.Capture(false, outer), null);
  }

  private final List<Variable> captured = new ArrayList<>();

  private int capture(String name, Prototype.Capture c, Variable v) {
    for (int i = 0; i < captures.size(); i++) {
      if (captures.get(i).equals(c) && captured.get(i) == v) {
        return i;
      }
    }
    captures.add(c);
    captured.add(v);
    upvalueNames.add(name);
    return captures.size() - 1;
  }
}
