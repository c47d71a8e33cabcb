package dev.varve.server.dispatch;

/** What a command is or may do, in the order and by the names of COMMAND's replies. */
public enum CommandFlag {
  /** May change keys. */
  WRITE("write"),
  /** Reads keys and changes none. */
  READONLY("readonly"),
  /** May take more memory or disk: refused where there is none left. */
  DENYOOM("denyoom"),
  /** For administrators. */
  ADMIN("admin"),
  /** About publishing and subscribing. */
  PUBSUB("pubsub"),
  /** Not from scripts. */
  NOSCRIPT("noscript"),
  /** May wait for other clients. */
  BLOCKING("blocking"),
  /** Also while the data is being loaded. */
  LOADING("loading"),
  /** Also on a replica whose data is stale. */
  STALE("stale"),
  /** Not shown to MONITOR. */
  SKIP_MONITOR("skip_monitor"),
  /** Not noted in the slow log. */
  SKIP_SLOWLOG("skip_slowlog"),
  /** Also for keys of a slot that is on its way here. */
  ASKING("asking"),
  /** Constant or logarithmic time. */
  FAST("fast"),
  /** Also before a password was given. */
  NO_AUTH("no_auth"),
  /** Its key arguments may be left out. */
  NO_MANDATORY_KEYS("no_mandatory_keys"),
  /** Not while data is loaded beside serving. */
  NO_ASYNC_LOADING("no_async_loading"),
  /** Not within a transaction. */
  NO_MULTI("no_multi"),
  /** Key positions don't follow from first, last and step alone. */
  MOVABLEKEYS("movablekeys"),
  /** Also while a script runs for too long. */
  ALLOW_BUSY("allow_busy");

  private final String label;

  CommandFlag(String label) {
    this.label = label;
  }

  /** Returns the name in COMMAND's replies. */
  public String label() {
    return label;
  }
}
