package dev.varve.integration.power;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;

/**
 * A folder's names as its readers see them, and as the disk may hold them: each change since the
 * last sync took place or didn't, whatever became of the others.
 */
final class PowerFolder implements PowerDisk.Node {

  private final TreeMap<String, PowerDisk.Node> live = new TreeMap<>();
  private final TreeMap<String, PowerDisk.Node> durable = new TreeMap<>();
  private final List<Change> unsynced = new ArrayList<>();

  /** One change: {@code removed} no longer names the node, {@code added} does. */
  private record Change(long since, String removed, String added, PowerDisk.Node node) {
    void applyTo(Map<String, PowerDisk.Node> names) {
      if (removed != null && names.get(removed) == node) {
        names.remove(removed);
      }
      if (added != null) {
        names.put(added, node);
      }
    }
  }

  Map<String, PowerDisk.Node> live() {
    return live;
  }

  void change(long since, String removed, String added, PowerDisk.Node node) {
    Change change = new Change(since, removed, added, node);
    change.applyTo(live);
    unsynced.add(change);
  }

  @Override
  public void synced(long began) {
    while (!unsynced.isEmpty() && unsynced.getFirst().since <= began) {
      unsynced.removeFirst().applyTo(durable);
    }
  }

  /** A later sync covers what this one should have: names aren't given up as bytes are. */
  @Override
  public void syncFailed(long began) {}

  /**
   * The names that a loss of power leaves; if {@code ordered}, changes are lost from the last on.
   */
  Map<String, PowerDisk.Node> crash(SplittableRandom random, double kept, boolean ordered) {
    Map<String, PowerDisk.Node> names = new TreeMap<>(durable);
    int all = unsynced.size();
    int first = kept == 0 ? 0 : kept == 1 ? all : random.nextInt(all + 1);
    for (int i = 0; i < unsynced.size(); i++) {
      if (ordered ? i < first : random.nextDouble() < kept) {
        unsynced.get(i).applyTo(names);
      }
    }
    return names;
  }
}
