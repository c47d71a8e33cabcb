package dev.varve.storage.engine;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.storage.Cursor;
import dev.varve.storage.KeyBatch;
import dev.varve.storage.KeyCount;
import dev.varve.storage.Lookups;
import dev.varve.storage.ReadView;
import dev.varve.storage.ReluctantCursor;
import dev.varve.storage.StorageEngine;
import dev.varve.storage.base.EntryReference;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/**
 * What was appended to an engine, batch by batch: the oracle. The state after any prefix can be
 * asked for, and an engine's views held against it. Keys are counted by their first character.
 */
final class History {
  private record Batch(long lastSequence, List<Change> changes) {}

  /** A put, a delete (null value), or the deletion of a whole group (null value, one character). */
  record Change(String key, String value, boolean wholeGroup) {}

  /** What a key holds that nothing can reach: no reader asks for it, and any answer would do. */
  static final String UNREACHABLE = "unreachable";

  private final List<Batch> batches = new ArrayList<>();

  /** The state after all of them. */
  private Map<String, String> latest = new TreeMap<>();

  /** One that goes its own way from here on. */
  History copy() {
    History copy = new History();
    copy.batches.addAll(batches);
    copy.latest = new TreeMap<>(latest);
    return copy;
  }

  /** A batch was appended; {@code lastSequence} is that of its last operation. */
  void append(long lastSequence, List<Change> changes) {
    batches.add(new Batch(lastSequence, List.copyOf(changes)));
    apply(changes, latest);
  }

  /** Forgets what was appended after {@code sequence}: a crash took it back. */
  void truncate(long sequence) {
    if (batches.removeIf(batch -> batch.lastSequence() > sequence)) {
      latest = stateAt(sequence);
    }
  }

  /** Whether {@code sequence} ends a batch, or nothing was there before it. */
  boolean isBoundary(long sequence) {
    return sequence == 0 || batches.stream().anyMatch(b -> b.lastSequence() == sequence);
  }

  /** The state after all batches up to {@code sequence}. */
  Map<String, String> stateAt(long sequence) {
    Map<String, String> state = new TreeMap<>();
    for (Batch batch : batches) {
      if (batch.lastSequence() > sequence) {
        break;
      }
      apply(batch.changes(), state);
    }
    return state;
  }

  private static void apply(List<Change> changes, Map<String, String> state) {
    for (Change change : changes) {
      if (change.wholeGroup()) {
        state.keySet().removeIf(key -> key.startsWith(change.key()));
      } else if (change.value() == null) {
        state.remove(change.key());
      } else {
        state.put(change.key(), change.value());
      }
    }
  }

  /** What a key holds after all of them, or null. */
  String latest(String key) {
    return latest.get(key);
  }

  /** Holds the writer's own lookup of a key against all that was appended. */
  void checkLatest(String key, int answer, EntryReference found) {
    if (answer != EntryReference.NEEDS_READ) {
      String value = answer == EntryReference.FOUND ? value(found) : null;
      assertEquals(latest.get(key), value, () -> key + " as the writer sees it");
    }
  }

  /** Holds the writer's own walk against all that was appended, published or not. */
  void checkLatest(ReadView writers, Random random) {
    Map<String, String> expected = new TreeMap<>(latest);
    Set<String> unreachable = takeUnreachable(expected);
    assertEquals(expected, without(unreachable, walkForward(writers, random)), "the writer's walk");
    assertEquals(
        expected,
        without(unreachable, walkBackward(writers, random)),
        "the writer's walk backward");
  }

  /** Holds everything that can be read at a view against the prefix that it should show. */
  void check(StorageEngine engine, Random random) {
    try (ReadView view = engine.view()) {
      assertTrue(isBoundary(view.sequence()), () -> view.sequence() + " cuts a batch in two");
      Map<String, String> expected = stateAt(view.sequence());
      Set<String> unreachable = takeUnreachable(expected);
      assertEquals(
          expected,
          without(unreachable, walkForward(view, random)),
          "forward walk at " + view.sequence());
      assertEquals(
          expected,
          without(unreachable, walkBackward(view, random)),
          "backward walk at " + view.sequence());
      checkLookupsOf(expected, view);
      checkLookups(view, expected, random);
      checkTogether(view, expected, random);
      checkCounts(view, expected, engine.countIsExact());
    }
    checkCounts(engine.latest(), stateAt(engine.appendedSequence()), engine.countIsExact());
  }

  private static Set<String> takeUnreachable(Map<String, String> state) {
    Set<String> unreachable = new HashSet<>();
    state.forEach(
        (key, value) -> {
          if (value.equals(UNREACHABLE)) {
            unreachable.add(key);
          }
        });
    state.keySet().removeAll(unreachable);
    return unreachable;
  }

  private static Map<String, String> without(Set<String> keys, Map<String, String> seen) {
    seen.keySet().removeAll(keys);
    return seen;
  }

  /** All is merged: of what nothing can reach, nothing is left. */
  void checkNothingAbandonedIsLeft(LsmEngine engine) {
    try (ReadView view = engine.view()) {
      Set<String> left = takeUnreachable(stateAt(view.sequence()));
      left.retainAll(walkForward(view, new Random(1)).keySet());
      assertEquals(Set.of(), left, "abandoned, and still there");
    }
    assertEquals(0, engine.abandonedRanges(), "abandoned ranges that are remembered");
  }

  /** Keys that may have been abandoned and used again. */
  private static void checkLookupsOf(Map<String, String> expected, ReadView view) {
    for (int position = 0; position < Simulation.POSITIONS; position += 7) {
      String key = Simulation.position(position);
      if (expected.containsKey(key)) {
        byte[] value = view.get(key.getBytes(ISO_8859_1));
        assertEquals(expected.get(key), value == null ? null : new String(value, ISO_8859_1), key);
      }
    }
  }

  private static void checkLookups(ReadView view, Map<String, String> expected, Random random) {
    EntryReference reference = new EntryReference();
    for (int i = 0; i < 20; i++) {
      String key = Simulation.key(random);
      byte[] bytes = key.getBytes(ISO_8859_1);
      byte[] value = view.get(bytes);
      assertEquals(expected.get(key), value == null ? null : new String(value, ISO_8859_1), key);
      checkHead(view, bytes, value, random.nextBoolean());
      int answer = view.get(bytes, 0, bytes.length, false, reference);
      if (answer == EntryReference.FOUND) {
        reference.release();
        assertTrue(expected.containsKey(key), key);
      } else if (answer == EntryReference.ABSENT) {
        assertTrue(!expected.containsKey(key), key);
      }
    }
  }

  private static void checkHead(ReadView view, byte[] key, byte[] value, boolean mayRead) {
    EntryReference head = new EntryReference();
    int answer = view.head(key, 0, key.length, mayRead, head);
    if (answer == EntryReference.FOUND) {
      assertEquals(value.length, head.wholeLength());
      assertTrue(head.headLength() > 0);
      assertEquals(
          new String(value, 0, head.headLength(), ISO_8859_1),
          text(head.valueSegment(), head.headOffset(), head.headLength()));
      head.release();
    } else {
      assertTrue(answer == EntryReference.ABSENT ? value == null : !mayRead);
    }
  }

  private static void checkTogether(ReadView view, Map<String, String> expected, Random random) {
    KeyBatch keys = new KeyBatch();
    List<String> names = new ArrayList<>();
    for (int i = random.nextInt(40); i >= 0; i--) {
      byte[] bytes = Simulation.key(random).getBytes(ISO_8859_1);
      int at = keys.add(bytes.length);
      System.arraycopy(bytes, 0, keys.bytes(), at, bytes.length);
      names.add(new String(bytes, ISO_8859_1));
    }
    Lookups answers = new Lookups();
    boolean mayRead = random.nextBoolean();
    view.get(keys, mayRead, answers);
    for (int i = 0; i < keys.size(); i++) {
      String value = expected.get(names.get(i));
      int answer = answers.answer(i);
      if (answer == EntryReference.NEEDS_READ) {
        assertTrue(!mayRead, "what may be read was not");
      } else if (value == null) {
        assertEquals(EntryReference.ABSENT, answer, names.get(i));
      } else {
        assertEquals(EntryReference.FOUND, answer, names.get(i));
        EntryReference entry = answers.entry(i);
        byte[] found = new byte[entry.valueLength()];
        MemorySegment.copy(
            entry.valueSegment(),
            ValueLayout.JAVA_BYTE,
            entry.valueOffset(),
            found,
            0,
            found.length);
        assertEquals(value, new String(found, ISO_8859_1), names.get(i));
      }
    }
    answers.release();
  }

  private static void checkCounts(ReadView view, Map<String, String> expected, boolean exact) {
    Map<Character, Long> live = new HashMap<>();
    Map<Character, Long> marked = new HashMap<>();
    expected.forEach(
        (key, value) -> {
          live.merge(key.charAt(0), 1L, Long::sum);
          marked.merge(key.charAt(0), value.charAt(0) == 'm' ? 1L : 0L, Long::sum);
        });
    for (char group = 'a'; group < 'a' + Simulation.GROUPS; group++) {
      byte[] lower = {(byte) group};
      byte[] upper = {(byte) (group + 1)};
      KeyCount count = view.count(group, lower, upper);
      assertEquals(view.sequence(), count.sequence());
      long counted = count.keys();
      long there = live.getOrDefault(group, 0L);
      long countedMarked = view.count(group + Simulation.MARKED, lower, upper).keys();
      long thereMarked = marked.getOrDefault(group, 0L);
      if (exact) {
        assertEquals(there, counted, "count of group " + group);
        assertEquals(thereMarked, countedMarked, "count of marked ones of group " + group);
      } else {
        long uncertain = count.uncertain();
        assertTrue(
            counted <= there && there - counted <= uncertain,
            counted + " counted, " + there + " there in " + group + ", uncertain " + uncertain);
        assertTrue(
            countedMarked >= thereMarked && countedMarked - thereMarked <= uncertain,
            countedMarked + " marked counted, " + thereMarked + " there, uncertain " + uncertain);
      }
    }
  }

  private static Map<String, String> walkForward(ReadView view, Random random) {
    Map<String, String> seen = new TreeMap<>();
    String before = "";
    try (Cursor cursor = cursor(view, random)) {
      for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
        String key = key(cursor);
        assertTrue(before.compareTo(key) < 0, before + " before " + key);
        before = key;
        seen.put(key, value(cursor));
      }
    }
    return seen;
  }

  private static Map<String, String> walkBackward(ReadView view, Random random) {
    Map<String, String> seen = new TreeMap<>();
    try (Cursor cursor = cursor(view, random)) {
      for (cursor.seekToLast(); cursor.isValid(); cursor.previous()) {
        seen.put(key(cursor), value(cursor));
      }
    }
    return seen;
  }

  /** One that may read all the time, or now and then only. */
  private static Cursor cursor(ReadView view, Random random) {
    Cursor cursor = view.cursor(null, null);
    return random.nextBoolean() ? cursor : new ReluctantCursor(cursor, random);
  }

  private static String value(EntryReference found) {
    byte[] value = new byte[found.valueLength()];
    MemorySegment.copy(
        found.valueSegment(), ValueLayout.JAVA_BYTE, found.valueOffset(), value, 0, value.length);
    return new String(value, ISO_8859_1);
  }

  private static String key(Cursor cursor) {
    return new String(cursor.key(), 0, cursor.keyLength(), ISO_8859_1);
  }

  /** The value, which begins with what the cursor shows of it before it is read. */
  private static String value(Cursor cursor) {
    MemorySegment heads = cursor.headSegment();
    String head = text(heads, cursor.headOffset(), cursor.headLength());
    String value = text(cursor.valueSegment(), cursor.valueOffset(), cursor.valueLength());
    assertTrue(value.startsWith(head) && (!head.isEmpty() || value.isEmpty()), head);
    return value;
  }

  private static String text(MemorySegment segment, long offset, int length) {
    return new String(segment.asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE), ISO_8859_1);
  }
}
