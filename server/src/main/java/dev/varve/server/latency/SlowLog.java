package dev.varve.server.latency;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The latest commands that were slow. The oldest goes when there are more than are to be kept, or
 * when they take more than {@value #MOST_BYTES} bytes. Safe for use by many threads.
 */
public final class SlowLog {
  private static final long MOST_BYTES = 2 << 20;

  /** What an entry takes beside its arguments, and an argument beside its bytes: about. */
  private static final int OVERHEAD = 64;

  /**
   * A slow command.
   *
   * @param client the address of who sent it
   * @param name the name that the client had
   * @param arguments of the command, shortened; not to be changed
   */
  public record Command(String client, String name, List<byte[]> arguments) {
    private long bytes() {
      long bytes = OVERHEAD + 2L * (client.length() + name.length());
      for (byte[] argument : arguments) {
        bytes += OVERHEAD + argument.length;
      }
      return bytes;
    }
  }

  /**
   * What is remembered of one.
   *
   * @param id ascending from 0 in the server's life
   * @param seconds when it was noted, in Unix time
   * @param micros how long it took
   */
  public record Entry(long id, long seconds, long micros, Command command) {}

  /** The newest first. */
  private final ArrayDeque<Entry> entries = new ArrayDeque<>();

  private long nextId;
  private long bytes;
  private long most;

  /** Sets how many are kept from now on. */
  public synchronized void keep(long count) {
    most = count;
    dropOldest();
  }

  /** Adds one. */
  public synchronized void add(long seconds, long micros, Command command) {
    entries.addFirst(new Entry(nextId++, seconds, micros, command));
    bytes += command.bytes();
    dropOldest();
  }

  private void dropOldest() {
    while (entries.size() > most || bytes > MOST_BYTES) {
      bytes -= entries.removeLast().command().bytes();
    }
  }

  /** Returns the latest, the newest first. */
  public synchronized List<Entry> latest(long count) {
    List<Entry> latest = new ArrayList<>();
    for (Entry entry : entries) {
      if (latest.size() >= count) {
        break;
      }
      latest.add(entry);
    }
    return latest;
  }

  /** Returns how many there are. */
  public synchronized int size() {
    return entries.size();
  }

  /** Forgets all. */
  public synchronized void clear() {
    entries.clear();
    bytes = 0;
  }
}
