package dev.varve.server.dispatch;

import dev.varve.server.datatype.Keyspace;
import java.util.Set;

/** The figures that INFO tells. Safe for use by many threads. */
public interface ServerInfo {
  /** The version of Redis that commands, errors and INFO are like. */
  String REDIS_VERSION = "7.0.15";

  /** The same as a number, a byte for each part. */
  int REDIS_VERSION_NUMBER = 0x0007_000F;

  /**
   * Returns INFO's text: each section as {@code # Title}, its lines {@code name:value}, all ended
   * by CR LF, an empty line between sections.
   *
   * @param sections lower-case names of the sections; {@code default}, {@code all} and {@code
   *     everything} stand for many. Unknown ones are left out.
   * @param keyspace bound to what the client sees
   * @throws dev.varve.server.datatype.ReadNeeded if only the disk knows what is asked for, and
   *     {@code keyspace} doesn't allow to read it
   */
  String text(Set<String> sections, Keyspace keyspace);

  /** Returns what this run of the server is called: 40 hexadecimal digits. */
  String runId();

  /** Returns what memory is taken for. */
  MemoryFigures memory();

  /** Takes another id as the master of a replication. */
  void changeReplicationId();

  /** Sets the statistics that CONFIG RESETSTAT resets to zero. */
  void resetStatistics();
}
