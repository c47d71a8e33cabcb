package dev.varve.storage.compaction;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.varve.storage.KeyGroups;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * What a tree of memtables and tables must read as: every operation ever applied, replayed. Keys
 * are text; those of group 7 begin with "g07", those of no group with "u".
 */
final class TreeModel {
  /** One operation; a value of null deletes. {@code end} is set for a range deletion only. */
  private record Operation(long sequence, String key, String value, String end) {}

  static final KeyGroups GROUPS =
      (key, offset, length) ->
          length >= 3 && key[offset] == 'g'
              ? (key[offset + 1] - '0') * 10L + (key[offset + 2] - '0')
              : -1;

  private final List<Operation> operations = new ArrayList<>();
  private final NavigableMap<String, String> newest = new TreeMap<>();

  void put(long sequence, String key, String value) {
    operations.add(new Operation(sequence, key, value, null));
    newest.put(key, value);
  }

  void delete(long sequence, String key) {
    operations.add(new Operation(sequence, key, null, null));
    newest.remove(key);
  }

  void deleteRange(long sequence, String begin, String end) {
    operations.add(new Operation(sequence, begin, null, end));
    if (begin.compareTo(end) < 0) {
      newest.subMap(begin, end).clear();
    }
  }

  boolean lives(String key) {
    return newest.containsKey(key);
  }

  NavigableMap<String, String> at(long snapshot) {
    NavigableMap<String, String> state = new TreeMap<>();
    for (Operation operation : operations) {
      if (operation.sequence > snapshot) {
        break;
      }
      if (operation.end != null) {
        if (operation.key.compareTo(operation.end) < 0) {
          state.subMap(operation.key, operation.end).clear();
        }
      } else if (operation.value != null) {
        state.put(operation.key, operation.value);
      } else {
        state.remove(operation.key);
      }
    }
    return state;
  }

  long liveCount(long group) {
    String prefix = prefix(group);
    return newest.keySet().stream().filter(key -> key.startsWith(prefix)).count();
  }

  static String prefix(long group) {
    return String.format("g%02d", group);
  }

  static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }

  static String text(byte[] bytes, int length) {
    return new String(Arrays.copyOf(bytes, length), ISO_8859_1);
  }
}
