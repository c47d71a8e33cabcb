package dev.varve.lua.library;

import dev.varve.lua.runtime.Interpreter;
import dev.varve.lua.runtime.LuaError;
import dev.varve.lua.runtime.LuaTable;
import dev.varve.lua.runtime.Values;

/**
 * {@code table.sort}: the quicksort of Lua 5.1, step by step, as an order that lies shows the
 * steps.
 */
final class Sort {
  private final Interpreter lua;
  private final Object[] arguments;
  private final LuaTable table;
  private final Object order;

  /** The order may be null, which is that of the operator. */
  Sort(Interpreter lua, Object[] arguments, LuaTable table, Object order) {
    this.lua = lua;
    this.arguments = arguments;
    this.table = table;
    this.order = order;
  }

  private boolean less(Object a, Object b) {
    lua.step();
    if (order == null) {
      return lua.less(arguments, a, b);
    }
    return Values.truth(Values.first(lua.callback(arguments, 0, order, a, b)));
  }

  private Object get(int i) {
    return table.get((double) i);
  }

  private void set(int i, Object v) {
    Base.checkWritable(table);
    table.set(i, v);
  }

  private void swap(int i, Object a, int j, Object b) {
    set(i, b);
    set(j, a);
  }

  void sort(int from, int to) {
    int low = from;
    int up = to;
    while (low < up) {
      Object a = get(low);
      Object b = get(up);
      if (less(b, a)) {
        swap(low, a, up, b);
      }
      if (up - low == 1) {
        return;
      }
      int middle = (int) (((long) low + up) / 2);
      a = get(middle);
      b = get(low);
      if (less(a, b)) {
        swap(middle, a, low, b);
      } else {
        b = get(up);
        if (less(b, a)) {
          swap(middle, a, up, b);
        }
      }
      if (up - low == 2) {
        return;
      }
      int i = partition(low, up, middle);
      if (i - low < up - i) {
        sort(low, i - 1);
        low = i + 1;
      } else {
        sort(i + 1, up);
        up = i - 1;
      }
    }
  }

  private int partition(int low, int up, int middle) {
    Object pivot = get(middle);
    swap(middle, pivot, up - 1, get(up - 1));
    int i = low;
    int j = up - 1;
    while (true) {
      Object a = get(++i);
      while (less(a, pivot)) {
        if (i > up) {
          throw invalid();
        }
        a = get(++i);
      }
      Object b = get(--j);
      while (less(pivot, b)) {
        if (j < low) {
          throw invalid();
        }
        b = get(--j);
      }
      if (j < i) {
        break;
      }
      swap(i, a, j, b);
    }
    Object last = get(up - 1);
    swap(up - 1, last, i, get(i));
    return i;
  }

  private LuaError invalid() {
    return lua.error("invalid order function for sorting");
  }
}
