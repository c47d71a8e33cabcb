package dev.varve.server.command.script;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The scripts that are known by their SHA-1. What EVAL has brought is forgotten first: of it at
 * most {@value #MOST_EVALUATED} are kept, as by Redis 7.4. All together take at most so many bytes
 * as the server has for them; beyond, what was used longest ago is forgotten, and EVALSHA answers
 * NOSCRIPT. Safe for use by many threads.
 */
final class ScriptCache {
  private static final int MOST_EVALUATED = 500;

  /** What a script takes beside its text, twice: as it came and compiled. */
  private static final int OVERHEAD = 400;

  private final Map<String, Script> evaluated = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Script> loaded = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /** Returns a script; null if it isn't known. */
  synchronized Script find(String sha) {
    Script found = loaded.get(sha);
    return found != null ? found : evaluated.get(sha);
  }

  /** Returns whether a script is known, which doesn't count as its use. */
  synchronized boolean has(String sha) {
    return loaded.containsKey(sha) || evaluated.containsKey(sha);
  }

  /**
   * Keeps a script.
   *
   * @param byLoad whether it was loaded to stay
   * @param mostBytes that all may take
   */
  synchronized void add(Script script, boolean byLoad, long mostBytes) {
    Script before = evaluated.remove(script.sha());
    if (before == null) {
      before = loaded.remove(script.sha());
      if (before != null) {
        loaded.put(script.sha(), before);
        return;
      }
      bytes += sizeOf(script);
    }
    (byLoad ? loaded : evaluated).put(script.sha(), script);
    if (evaluated.size() > MOST_EVALUATED) {
      forgetOldest(evaluated);
    }
    while (bytes > mostBytes && evaluated.size() + loaded.size() > 1) {
      forgetOldest(evaluated.size() > (byLoad ? 0 : 1) ? evaluated : loaded);
    }
  }

  private void forgetOldest(Map<String, Script> scripts) {
    Iterator<Script> all = scripts.values().iterator();
    bytes -= sizeOf(all.next());
    all.remove();
  }

  private static long sizeOf(Script script) {
    return OVERHEAD + (long) script.text().length;
  }

  synchronized int count() {
    return loaded.size() + evaluated.size();
  }

  synchronized void clear() {
    evaluated.clear();
    loaded.clear();
    bytes = 0;
  }
}
