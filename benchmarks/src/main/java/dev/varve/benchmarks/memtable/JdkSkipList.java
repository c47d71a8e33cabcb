package dev.varve.benchmarks.memtable;

import java.util.Arrays;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The baseline: keys and values on the heap, one version a key. */
final class JdkSkipList implements Candidate {
  private final ConcurrentNavigableMap<byte[], byte[]> map =
      new ConcurrentSkipListMap<>(Arrays::compareUnsigned);

  @Override
  public void put(long sequence, byte[] bytes, int keyLength) {
    map.put(Arrays.copyOf(bytes, keyLength), Arrays.copyOfRange(bytes, keyLength, bytes.length));
  }

  @Override
  public long get(byte[] key) {
    byte[] value = map.get(key);
    return value == null ? -1 : value[0];
  }

  @Override
  public long walk(byte[] from, int limit) {
    long walked = 0;
    for (byte[] key : (from == null ? map : map.tailMap(from)).keySet()) {
      if (walked == limit) {
        break;
      }
      walked += key.length > 0 ? 1 : 0;
    }
    return walked;
  }

  @Override
  public long bytes() {
    return 0;
  }

  @Override
  public void close() {
    map.clear();
  }
}
