package dev.varve.lua.runtime;

import java.util.Arrays;

/**
 * A table as Lua 5.1 lays it out: an array part for 1 to n, and nodes in chains for the rest.
 * Sizes, the places of nodes and the steps of growing are those of 5.1, as scripts can see them: in
 * {@code #} of an array with holes, and in the order of {@code pairs}. Memory that it takes is
 * charged to its heap.
 */
public final class LuaTable extends Reference {
  private static final Object[] NONE = new Object[0];
  private static final int[] NO_LINKS = new int[0];
  private static final int END = -1;
  private static final int MAX_ARRAY_BITS = 26;
  private static final int SLOT_BYTES = 24;
  private static final int NODE_BYTES = 36;

  private final Heap heap;
  private Object[] array = NONE;
  private Object[] keys = NONE;
  private Object[] values = NONE;
  private int[] next = NO_LINKS;

  /** Nodes from here on have been taken. */
  private int free;

  private LuaTable metatable;
  private boolean readonly;

  LuaTable(Heap heap, int arraySize, int nodes) {
    super(heap);
    this.heap = heap;
    heap.charge(80);
    if (arraySize > 0 || nodes > 0) {
      resize(arraySize, nodes);
    }
  }

  @Override
  public String type() {
    return "table";
  }

  public LuaTable metatable() {
    return metatable;
  }

  public void metatable(LuaTable metatable) {
    this.metatable = metatable;
  }

  /** Whether scripts are refused to change it; Java code may. */
  public boolean readonly() {
    return readonly;
  }

  public void readonly(boolean readonly) {
    this.readonly = readonly;
  }

  /** The value, without asking metatables; null if there is none. */
  public Object get(Object key) {
    return switch (key) {
      case LuaString s -> get(s);
      case Double d -> get((double) d);
      case null -> null;
      default -> {
        int i = find(key);
        yield i < 0 ? null : values[i];
      }
    };
  }

  public Object get(LuaString key) {
    Object[] keys = this.keys;
    if (keys.length == 0) {
      return null;
    }
    int i = key.hashCode() & (keys.length - 1);
    do {
      Object k = keys[i];
      if (k instanceof LuaString s && s.equals(key)) {
        return values[i];
      }
      i = next[i];
    } while (i >= 0);
    return null;
  }

  public Object get(double key) {
    int i = (int) key;
    if (i == key && i - 1 >= 0 && i - 1 < array.length) {
      return array[i - 1];
    }
    int node = find(key);
    return node < 0 ? null : values[node];
  }

  /** The value of a key that is read often, such as a metatable's field. */
  public Object get(String key) {
    return get(LuaString.of(key));
  }

  public void set(String key, Object value) {
    set(LuaString.of(key), value);
  }

  /** Sets without asking metatables. The key is neither nil nor NaN. */
  public void set(Object key, Object value) {
    if (key instanceof Double d) {
      set((double) d, d, value);
      return;
    }
    int i = find(key);
    if (i >= 0) {
      values[i] = value;
    } else {
      insert(key, value);
    }
  }

  public void set(int key, Object value) {
    if (key - 1 >= 0 && key - 1 < array.length) {
      array[key - 1] = value;
    } else {
      set(key, (double) key, value);
    }
  }

  private void set(double key, Double boxed, Object value) {
    int i = (int) key;
    if (i == key && i - 1 >= 0 && i - 1 < array.length) {
      array[i - 1] = value;
      return;
    }
    int node = find(key);
    if (node >= 0) {
      values[node] = value;
    } else {
      insert(boxed, value);
    }
  }

  private int find(double key) {
    if (keys.length == 0) {
      return END;
    }
    int i = mainPosition(key);
    do {
      if (keys[i] instanceof Double d && d == key) {
        return i;
      }
      i = next[i];
    } while (i >= 0);
    return END;
  }

  private int find(Object key) {
    if (key instanceof Double d) {
      return find((double) d);
    }
    if (keys.length == 0) {
      return END;
    }
    int i = mainPosition(key);
    do {
      Object k = keys[i];
      if (key.equals(k)) {
        return i;
      }
      i = next[i];
    } while (i >= 0);
    return END;
  }

  private int mainPosition(double key) {
    if (key == 0) {
      return 0;
    }
    long bits = Double.doubleToRawLongBits(key);
    return Integer.remainderUnsigned((int) bits + (int) (bits >>> 32), (keys.length - 1) | 1);
  }

  private int mainPosition(Object key) {
    return switch (key) {
      case LuaString s -> s.hashCode() & (keys.length - 1);
      case Double d -> mainPosition((double) d);
      case Boolean b -> (b ? 1 : 0) & (keys.length - 1);
      default -> Integer.remainderUnsigned(((Reference) key).id(), (keys.length - 1) | 1);
    };
  }

  /**
   * A new key goes to its main position; who sits there without belonging there moves to a free
   * node.
   */
  private void insert(Object key, Object value) {
    if (keys.length == 0) {
      rehash(key);
      set(key, value);
      return;
    }
    int at = mainPosition(key);
    if (values[at] != null) {
      int spare = takeFree();
      if (spare < 0) {
        rehash(key);
        set(key, value);
        return;
      }
      int other = mainPosition(keys[at]);
      if (other == at) {
        next[spare] = next[at];
        next[at] = spare;
        at = spare;
      } else {
        while (next[other] != at) {
          other = next[other];
        }
        next[other] = spare;
        keys[spare] = keys[at];
        values[spare] = values[at];
        next[spare] = next[at];
        next[at] = END;
      }
    }
    keys[at] = key;
    values[at] = value;
  }

  private int takeFree() {
    while (free > 0) {
      if (keys[--free] == null) {
        return free;
      }
    }
    return END;
  }

  /**
   * Sizes anew: the array as large as more than half of it is in use, nodes for all else that has a
   * value.
   */
  private void rehash(Object extra) {
    int[] counts = new int[MAX_ARRAY_BITS + 1];
    int integers = 0;
    int all = 1;
    for (int i = 0; i < array.length; i++) {
      if (array[i] != null) {
        counts[bits(i + 1)]++;
        integers++;
        all++;
      }
    }
    for (int i = 0; i < keys.length; i++) {
      if (values[i] != null) {
        integers += countInteger(keys[i], counts);
        all++;
      }
    }
    integers += countInteger(extra, counts);
    int size = 0;
    int inArray = 0;
    int sum = 0;
    for (int b = 0; b <= MAX_ARRAY_BITS && (1 << b) / 2 < integers; b++) {
      sum += counts[b];
      if (counts[b] > 0 && sum > (1 << b) / 2) {
        size = 1 << b;
        inArray = sum;
      }
      if (sum == integers) {
        break;
      }
    }
    resize(size, all - inArray);
  }

  private static int countInteger(Object key, int[] counts) {
    if (key instanceof Double d) {
      int i = (int) (double) d;
      if (i == d && i >= 1 && i <= 1 << MAX_ARRAY_BITS) {
        counts[bits(i)]++;
        return 1;
      }
    }
    return 0;
  }

  /** The b for which 2^(b-1) < n <= 2^b. */
  private static int bits(int n) {
    return n == 1 ? 0 : 32 - Integer.numberOfLeadingZeros(n - 1);
  }

  private void resize(int arraySize, int nodes) {
    int nodeCount = nodes == 0 ? 0 : 1 << bits(nodes);
    heap.charge(
        (long) SLOT_BYTES * Math.max(0, arraySize - array.length) + (long) NODE_BYTES * nodeCount);
    Object[] oldArray = array;
    Object[] oldKeys = keys;
    Object[] oldValues = values;
    array = Arrays.copyOf(oldArray, arraySize);
    keys = nodeCount == 0 ? NONE : new Object[nodeCount];
    values = nodeCount == 0 ? NONE : new Object[nodeCount];
    next = nodeCount == 0 ? NO_LINKS : new int[nodeCount];
    Arrays.fill(next, END);
    free = nodeCount;
    for (int i = arraySize; i < oldArray.length; i++) {
      if (oldArray[i] != null) {
        set(i + 1, oldArray[i]);
      }
    }
    for (int i = oldKeys.length - 1; i >= 0; i--) {
      if (oldValues[i] != null) {
        set(oldKeys[i], oldValues[i]);
      }
    }
  }

  /** Makes room for elements up to so many, before they are set. */
  public void reserveArray(int size) {
    if (size > array.length) {
      resize(size, keys.length);
    }
  }

  /** A border as 5.1 finds it: an n with a value, and none at n + 1; or 0. */
  public int length() {
    int j = array.length;
    if (j > 0 && array[j - 1] == null) {
      int i = 0;
      while (j - i > 1) {
        int m = (i + j) >>> 1;
        if (array[m - 1] == null) {
          j = m;
        } else {
          i = m;
        }
      }
      return i;
    }
    return keys.length == 0 ? j : unboundLength(j);
  }

  private int unboundLength(int from) {
    int i = from;
    long j = from + 1L;
    while (get((double) j) != null) {
      i = (int) j;
      j *= 2;
      if (j > Integer.MAX_VALUE) {
        int n = 1;
        while (get((double) n) != null) {
          n++;
        }
        return n - 1;
      }
    }
    while (j - i > 1) {
      int m = (int) ((i + j) >>> 1);
      if (get((double) m) == null) {
        j = m;
      } else {
        i = m;
      }
    }
    return i;
  }

  /**
   * The place of the first entry after a key, or the first of all after nil: the places of {@link
   * #keyAt} and {@link #valueAt}.
   *
   * @return -1 if there is none
   * @throws LuaError if the key isn't in the table
   */
  public int placeAfter(Object key) {
    int i = 0;
    if (key != null) {
      i = place(key) + 1;
    }
    return placeFrom(i);
  }

  /** The first place with an entry that isn't before the given one; -1 if there is none. */
  public int placeFrom(int place) {
    int i = place;
    for (; i < array.length; i++) {
      if (array[i] != null) {
        return i;
      }
    }
    for (int n = i - array.length; n < values.length; n++) {
      if (values[n] != null) {
        return array.length + n;
      }
    }
    return -1;
  }

  private int place(Object key) {
    if (key instanceof Double d) {
      int i = (int) (double) d;
      if (i == d && i >= 1 && i <= array.length) {
        return i - 1;
      }
    }
    int node = find(key);
    if (node < 0) {
      throw new LuaError("invalid key to 'next'");
    }
    return array.length + node;
  }

  /** Where the key lies at a place that was the place of this key before, or where it is now. */
  public int placeOf(Object key, int hint) {
    if (hint < array.length + keys.length && hint >= 0 && Values.rawEquals(keyAt(hint), key)) {
      return hint;
    }
    return place(key);
  }

  public Object keyAt(int place) {
    return place < array.length ? (Object) (double) (place + 1) : keys[place - array.length];
  }

  public Object valueAt(int place) {
    return place < array.length ? array[place] : values[place - array.length];
  }

  @Override
  protected void trace(Heap heap) {
    heap.count(80 + 8L * array.length + 20L * keys.length);
    heap.reach(metatable);
    heap.reachAll(array);
    heap.reachAll(keys);
    heap.reachAll(values);
  }
}
