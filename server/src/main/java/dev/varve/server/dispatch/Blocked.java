package dev.varve.server.dispatch;

import dev.varve.protocol.ReplySink;
import dev.varve.server.datatype.EventClass;
import java.util.List;
import java.util.function.Consumer;

/**
 * Thrown by a command that finds nothing and waits until one of its keys has what it wants; see
 * {@link CommandContext#block}. Part of ordinary work: it has no stack. Whatever the command has
 * changed or replied is dropped; it runs again when one of the keys has been given a value.
 */
public final class Blocked extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A key that is waited for.
   *
   * @param argument which of the command's arguments it is
   */
  public record Key(int argument, byte[] bytes) {}

  private final transient List<Key> keys;
  private final transient long timeoutMillis;
  private final transient EventClass family;
  private final transient boolean takes;
  private final transient Consumer<ReplySink> timedOut;
  private transient List<?> known = List.of();
  private transient boolean ifGone;

  Blocked(
      List<Key> keys,
      long timeoutMillis,
      EventClass family,
      boolean takes,
      Consumer<ReplySink> timedOut) {
    super("waits", null, false, false);
    this.keys = keys;
    this.timeoutMillis = timeoutMillis;
    this.family = family;
    this.takes = takes;
    this.timedOut = timedOut;
  }

  /** Has it run again with what it knows by now: of each key something, in their order. */
  public Blocked knowing(List<?> ofKeys) {
    known = ofKeys;
    return this;
  }

  /** Has it run again also when a key loses its value, if it is to hear of that. */
  public Blocked alsoIfGone(boolean hears) {
    ifGone = hears;
    return this;
  }

  /** Returns what the command knew of each key when it began to wait. */
  public List<?> known() {
    return known;
  }

  /** Returns whether it runs again also when a key loses its value. */
  public boolean ifGone() {
    return ifGone;
  }

  /** Returns the keys, in the order of the arguments. */
  public List<Key> keys() {
    return keys;
  }

  /** Returns for how long it waits at most; 0: for ever. */
  public long timeoutMillis() {
    return timeoutMillis;
  }

  /** Returns what kind of value it waits for. */
  public EventClass family() {
    return family;
  }

  /**
   * Returns whether it takes away what it waits for: if the first such command that waits for a key
   * finds nothing there, those after it won't either.
   */
  public boolean takes() {
    return takes;
  }

  /** Returns what answers it when it has waited long enough. */
  public Consumer<ReplySink> timedOut() {
    return timedOut;
  }
}
