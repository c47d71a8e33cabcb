package dev.varve.server.rdb;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Writes a file of RDB piece by piece:
 *
 * <pre>
 * "REDIS" | version, 4 digits | (about | library | database | key)* | 255:u8 | {@link Crc64}:u64
 * </pre>
 *
 * Not thread-safe.
 */
public final class SnapshotOutput {
  private final RdbOutput out;

  /** Makes one that hands on what it writes. */
  public SnapshotOutput(RdbOutput.Sink sink) {
    out = new RdbOutput(sink);
  }

  /**
   * Begins the file.
   *
   * @param deadlines whether there may be hashes whose fields expire: Redis reads those from 7.4
   *     on, and files that say so, too
   */
  public void begin(boolean deadlines) {
    int version = deadlines ? Footer.DEADLINES_VERSION : Footer.WRITTEN_VERSION;
    byte[] magic = String.format("REDIS%04d", version).getBytes(StandardCharsets.US_ASCII);
    out.raw(MemorySegment.ofArray(magic), 0, magic.length);
  }

  /** Says something about the file. */
  public void about(String name, String value) {
    out.u8(RdbOpcode.ABOUT);
    string(name.getBytes(StandardCharsets.UTF_8));
    string(value.getBytes(StandardCharsets.UTF_8));
  }

  private void string(byte[] bytes) {
    out.string(MemorySegment.ofArray(bytes), 0, bytes.length);
  }

  /** A library of functions. */
  public void library(byte[] code) {
    out.u8(RdbOpcode.FUNCTION);
    string(code);
  }

  /**
   * Begins a database.
   *
   * @param keys about how many it has
   * @param expiring about how many of those have a deadline
   */
  public void database(int index, long keys, long expiring) {
    out.u8(RdbOpcode.DATABASE);
    out.length(index);
    out.u8(RdbOpcode.SIZES);
    out.length(keys);
    out.length(expiring);
  }

  /** Returns what writes a key and its value next, see {@link ValueWriter#entry}. */
  public ValueWriter newEntry() {
    return new ValueWriter(out);
  }

  /** Ends the file. */
  public void end() {
    out.u8(RdbOpcode.END);
    out.drain();
    out.i64(out.sum());
    out.drain();
  }
}
