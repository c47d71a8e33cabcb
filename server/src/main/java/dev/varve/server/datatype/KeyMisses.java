package dev.varve.server.datatype;

/**
 * Who hears of keys that commands which only read have asked for in vain; at most one does, on the
 * thread that has read. What commands that write ask for in vain is among their {@link Effects}.
 * Safe for use by many threads.
 */
public final class KeyMisses {
  private volatile Effects.Listener listener;

  /** Has a listener told from now on, or nobody if it is null. */
  public void tell(Effects.Listener its) {
    listener = its;
  }

  /** Returns who hears of them; null: nobody. */
  Effects.Listener listener() {
    return listener;
  }
}
