package dev.varve.benchmarks.engines;

/**
 * What one run of a workload on one engine gave.
 *
 * @param operations how many were done
 * @param nanos the time they took
 * @param p50Nanos latency that half of the sampled steps kept to
 * @param p99Nanos latency that 99 % kept to
 * @param p999Nanos latency that 99.9 % kept to
 * @param heapBytes bytes that the measuring thread allocated on the heap
 */
record Measurement(
    long operations, long nanos, long p50Nanos, long p99Nanos, long p999Nanos, long heapBytes) {
  private static final int FIELDS = 6;

  double operationsPerSecond() {
    return operations * 1e9 / nanos;
  }

  double heapBytesPerOperation() {
    return (double) heapBytes / operations;
  }

  /** As a line for {@link #parse}. */
  String format() {
    return "%d %d %d %d %d %d"
        .formatted(operations, nanos, p50Nanos, p99Nanos, p999Nanos, heapBytes);
  }

  static Measurement parse(String line) {
    String[] fields = line.split(" ", -1);
    if (fields.length != FIELDS) {
      throw new IllegalStateException("not a measurement: " + line);
    }
    long[] n = new long[FIELDS];
    for (int i = 0; i < FIELDS; i++) {
      n[i] = Long.parseLong(fields[i]);
    }
    return new Measurement(n[0], n[1], n[2], n[3], n[4], n[5]);
  }
}
