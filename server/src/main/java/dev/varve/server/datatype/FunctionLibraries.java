package dev.varve.server.datatype;

import dev.varve.storage.Cursor;
import dev.varve.storage.ReadView;
import dev.varve.storage.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The libraries of functions that clients have loaded, as the database has them: names, and what
 * they are made of. They belong to no database index, and FLUSHALL leaves them.
 *
 * <pre>
 * 0x00 | 'l' | name -> functions:u32 | code
 * </pre>
 *
 * <p>The storage thread changes them; any thread reads them.
 */
public final class FunctionLibraries {
  private static final byte KIND = 'l';
  private static final int NAME_OFFSET = 2;

  private volatile State newest;

  /**
   * What there is after an operation; {@code before} is what there was before it, for as long as it
   * isn't published, and null afterwards.
   */
  private record State(long sequence, Map<String, Library> libraries, State before) {}

  /**
   * One library. Nobody changes the array.
   *
   * @param functions how many it has
   * @param code its text, the first line included; each char of its name is a byte
   */
  public record Library(int functions, byte[] code) {}

  private FunctionLibraries(long sequence, Map<String, Library> loaded) {
    newest = new State(sequence, Collections.unmodifiableMap(loaded), null);
  }

  /** Reads them. Reads the disk. */
  static FunctionLibraries load(ReadView view) {
    Map<String, Library> loaded = new TreeMap<>();
    byte[] end = {KeyLayout.INTERNAL, KIND + 1};
    try (Cursor cursor = view.cursor(key(""), end)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        String name =
            new String(
                cursor.key(),
                NAME_OFFSET,
                cursor.keyLength() - NAME_OFFSET,
                StandardCharsets.ISO_8859_1);
        byte[] value = view.get(key(name));
        byte[] code = new byte[value.length - Integer.BYTES];
        System.arraycopy(value, Integer.BYTES, code, 0, code.length);
        loaded.put(name, new Library((int) KeyLayout.INT.get(value, 0), code));
      }
    }
    return new FunctionLibraries(view.sequence(), loaded);
  }

  private static byte[] key(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
    byte[] key = new byte[NAME_OFFSET + bytes.length];
    key[0] = KeyLayout.INTERNAL;
    key[1] = KIND;
    System.arraycopy(bytes, 0, key, NAME_OFFSET, bytes.length);
    return key;
  }

  /** Returns all by their names, after all that has been appended; nobody changes the map. */
  public Map<String, Library> newest() {
    return newest.libraries;
  }

  /**
   * Storage thread: they have been appended, and operations up to {@code published} are visible.
   */
  void install(Map<String, Library> appended, long sequence, long published) {
    State before = newest;
    if (before.sequence <= published) {
      before = new State(before.sequence, before.libraries, null);
    }
    newest = new State(sequence, appended, before);
  }

  /** Storage thread: what is later than an operation will never be published. */
  void takeBack(long published) {
    State state = newest;
    while (state.sequence > published) {
      state = state.before;
    }
    newest = state;
  }

  /** Returns what there is with one more, or another one of its name, which the batch stores. */
  static Map<String, Library> with(
      Map<String, Library> before, WriteBatch batch, String name, Library library) {
    byte[] value = new byte[Integer.BYTES + library.code().length];
    KeyLayout.INT.set(value, 0, library.functions());
    System.arraycopy(library.code(), 0, value, Integer.BYTES, library.code().length);
    batch.put(key(name), value);
    Map<String, Library> after = new TreeMap<>(before);
    after.put(name, library);
    return Collections.unmodifiableMap(after);
  }

  /** Returns what there is without one, which the batch deletes. */
  static Map<String, Library> without(Map<String, Library> before, WriteBatch batch, String name) {
    batch.delete(key(name));
    Map<String, Library> after = new TreeMap<>(before);
    after.remove(name);
    return Collections.unmodifiableMap(after);
  }
}
