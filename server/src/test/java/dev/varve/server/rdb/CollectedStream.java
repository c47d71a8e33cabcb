package dev.varve.server.rdb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Takes a stream as it is read, and checks that it is told of as was promised. */
final class CollectedStream implements StreamVisitor {
  private final Set<String> groups = new HashSet<>();
  private final Map<EntryId, Boolean> pending = new HashMap<>();
  private final Set<String> consumers = new HashSet<>();
  private EntryId last = new EntryId(0, 0);
  private long partsLeft;
  private long entries;

  private static String text(RdbString string) {
    return string.buffer().toString(string.offset(), string.length(), StandardCharsets.ISO_8859_1);
  }

  @Override
  public void beginEntry(EntryId id, long fields) {
    assertTrue(id.isBehind(last));
    last = id;
    partsLeft = 2 * fields;
  }

  @Override
  public void part(RdbString part) {
    assertTrue(part.offset() + part.length() <= part.buffer().capacity());
    partsLeft--;
  }

  @Override
  public void endEntry() {
    assertEquals(0, partsLeft);
    entries++;
  }

  @Override
  public void endNode(EntryId first, long live, long dead, EntryId its, int bytes) {
    assertTrue(live > 0 && dead >= 0 && bytes > 0);
    assertEquals(entries, live);
    entries = 0;
  }

  @Override
  public void endEntries(EntryId generated, EntryId deleted, long added) {
    assertTrue(!last.isBehind(generated) && added >= 0);
  }

  @Override
  public boolean beginGroup(RdbString name, EntryId its, long read) {
    pending.clear();
    consumers.clear();
    return groups.add(text(name));
  }

  @Override
  public boolean pending(EntryId id, long millis, long deliveries) {
    return pending.put(id, false) == null;
  }

  @Override
  public boolean consumer(RdbString name, long seenMillis) {
    return consumers.add(text(name));
  }

  @Override
  public boolean owns(EntryId id) {
    return Boolean.FALSE.equals(pending.put(id, true));
  }

  @Override
  public boolean endGroup() {
    return !pending.containsValue(false);
  }
}
