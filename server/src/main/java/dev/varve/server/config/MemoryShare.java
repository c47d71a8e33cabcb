package dev.varve.server.config;

/**
 * So many bytes, or so much of some memory.
 *
 * @param bytes of no meaning unless {@code percent} is 0
 * @param percent of that memory; 0: it is {@code bytes}
 */
public record MemoryShare(long bytes, int percent) {
  /** Returns the bytes that this is of {@code total}. */
  public long of(long total) {
    return percent == 0 ? bytes : total / 100 * percent;
  }
}
