package dev.varve.server.dispatch;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/**
 * What users were refused: ACL LOG, and INFO's counters. Alike events within a minute are one
 * entry. Safe for use by many threads.
 */
public final class AclLog {
  private static final long GROUPING_MILLIS = 60_000;

  /** What all entries may take: beyond, the oldest go, however few there are. */
  private static final long MOST_BYTES = 2 << 20;

  /** Chars of a key, a channel or a name that are kept: clients choose how long they are. */
  private static final int LONGEST_TEXT = 1 << 16;

  /** Heap that an entry takes beside its texts. */
  private static final int ENTRY_BYTES = 160;

  /** Among so many of the latest entries one like a new event is looked for. */
  private static final int COMPARED = 10;

  /** Why somebody was refused. */
  public enum Reason {
    /** The command isn't allowed. */
    COMMAND,
    /** The key isn't allowed. */
    KEY,
    /** The channel isn't allowed. */
    CHANNEL,
    /** The password is wrong. */
    AUTH;

    /** Returns the name in ACL LOG. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }

    static Reason of(Denial denial) {
      return switch (denial.kind()) {
        case COMMAND -> COMMAND;
        case KEY -> KEY;
        case CHANNEL -> CHANNEL;
      };
    }
  }

  /** Where somebody was refused. */
  public enum Place {
    /** In a command of its own. */
    TOPLEVEL,
    /** Between MULTI and EXEC. */
    MULTI,
    /** In a script. */
    LUA;

    /** Returns the name in ACL LOG. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * An entry. The chars of texts stand for bytes.
   *
   * @param count how often it happened
   * @param object the key, the channel, or the command; its beginning, if it is very long
   * @param user who was refused, likewise
   * @param millis when it happened last, by the wall clock
   * @param client the line of the connection it happened to last
   */
  public record Entry(
      long count,
      Reason reason,
      Place place,
      String object,
      String user,
      long millis,
      String client) {
    private long bytes() {
      return (long) ENTRY_BYTES + object.length() + user.length() + client.length();
    }

    private boolean isLike(Entry other) {
      return reason == other.reason
          && place == other.place
          && Math.abs(millis - other.millis) <= GROUPING_MILLIS
          && object.equals(other.object)
          && user.equals(other.user);
    }
  }

  private final InstantSource clock;
  private final Map<Reason, LongAdder> counts = new EnumMap<>(Reason.class);
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long bytes;
  private long most;

  /**
   * Begins empty.
   *
   * @param clock the wall clock
   * @param most entries that are kept
   */
  public AclLog(InstantSource clock, long most) {
    this.clock = clock;
    this.most = most;
    for (Reason reason : Reason.values()) {
      counts.put(reason, new LongAdder());
    }
  }

  /** Notes that a session was refused something. */
  public void add(Session session, Reason reason, Place place, String object, String user) {
    counts.get(reason).increment();
    StringBuilder client = new StringBuilder();
    long now = clock.millis();
    ClientLine.append(client, session, now, ClientMemory.NONE);
    // Without the end of the line.
    client.setLength(client.length() - 1);
    add(new Entry(1, reason, place, cut(object), cut(user), now, client.toString()));
  }

  private static String cut(String text) {
    return text.length() <= LONGEST_TEXT ? text : text.substring(0, LONGEST_TEXT);
  }

  private synchronized void add(Entry event) {
    Entry entry = event;
    Iterator<Entry> latest = entries.iterator();
    for (int i = 0; i < COMPARED && latest.hasNext(); i++) {
      Entry earlier = latest.next();
      if (earlier.isLike(event)) {
        latest.remove();
        bytes -= earlier.bytes();
        entry =
            new Entry(
                earlier.count + 1,
                event.reason,
                event.place,
                event.object,
                event.user,
                event.millis,
                event.client);
        break;
      }
    }
    entries.addFirst(entry);
    bytes += entry.bytes();
    while (entries.size() > most || bytes > MOST_BYTES) {
      bytes -= entries.removeLast().bytes();
    }
  }

  /** Sets how many entries are kept from the next one on. */
  public synchronized void most(long value) {
    most = value;
  }

  /** Returns so many entries at most, the latest first. */
  public synchronized List<Entry> latest(long count) {
    return entries.stream().limit(count).toList();
  }

  /** Returns the wall clock's milliseconds, by which {@link Entry#millis} is. */
  public long nowMillis() {
    return clock.millis();
  }

  /** Forgets all entries; what is counted stays. */
  public synchronized void clear() {
    entries.clear();
    bytes = 0;
  }

  /** Returns how often somebody was refused for a reason. */
  public long count(Reason reason) {
    return counts.get(reason).sum();
  }
}
