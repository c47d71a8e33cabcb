package dev.varve.server.testing;

import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.dispatch.ServerConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The settings of a {@link CommandHarness}: the few that commands ask for. */
final class HarnessConfig implements ServerConfig {
  private static final int MAX_BULK_BYTES = 512 << 20;
  private static final long SCRIPT_BYTES = 64 << 20;
  private final Map<String, String> settings = new LinkedHashMap<>();
  private final CollectionLimits limits;

  HarnessConfig(CollectionLimits limits) {
    this.limits = limits;
    settings.put("maxmemory", "0");
    settings.put("databases", "16");
    settings.put("hash-max-listpack-entries", "512");
    settings.put("hash-max-listpack-value", "64");
    settings.put("set-max-intset-entries", "512");
    settings.put("zset-max-listpack-entries", "128");
    settings.put("zset-max-listpack-value", "64");
    settings.put("hll-sparse-max-bytes", "3000");
    settings.put("stream-node-max-bytes", "4096");
    settings.put("stream-node-max-entries", "100");
  }

  @Override
  public Map<String, String> get(Predicate<String> name) {
    Map<String, String> found = new LinkedHashMap<>(settings);
    found.keySet().removeIf(name.negate());
    return found;
  }

  @Override
  public Refusal set(List<Map.Entry<String, String>> changes) {
    for (Map.Entry<String, String> change : changes) {
      if (!settings.containsKey(change.getKey())) {
        return new Refusal(change.getKey(), null);
      }
      if (change.getKey().equals("databases")) {
        return new Refusal("databases", "can't set immutable config");
      }
    }
    changes.forEach(change -> settings.put(change.getKey(), change.getValue()));
    limits.hash(
        Integer.parseInt(settings.get("hash-max-listpack-entries")),
        Integer.parseInt(settings.get("hash-max-listpack-value")));
    limits.intSet(Integer.parseInt(settings.get("set-max-intset-entries")));
    limits.sortedSet(
        Integer.parseInt(settings.get("zset-max-listpack-entries")),
        Integer.parseInt(settings.get("zset-max-listpack-value")));
    limits.sparseHyperLogLog(Long.parseLong(settings.get("hll-sparse-max-bytes")));
    limits.streamNode(
        Integer.parseInt(settings.get("stream-node-max-bytes")),
        Integer.parseInt(settings.get("stream-node-max-entries")));
    return null;
  }

  @Override
  public boolean rewrite() {
    return false;
  }

  @Override
  public CollectionLimits collectionLimits() {
    return limits;
  }

  @Override
  public long busyReplyMillis() {
    return 0;
  }

  @Override
  public long scriptBytes() {
    return SCRIPT_BYTES;
  }

  @Override
  public long maxReplyBytes() {
    return CommandHarness.MAX_VALUE_BYTES;
  }

  @Override
  public int maxKeyBytes() {
    return CommandHarness.MAX_KEY_BYTES;
  }

  @Override
  public int maxBulkBytes() {
    return MAX_BULK_BYTES;
  }

  @Override
  public int maxValueBytes() {
    return CommandHarness.MAX_VALUE_BYTES;
  }

  @Override
  public int databases() {
    return CommandHarness.DATABASES;
  }
}
