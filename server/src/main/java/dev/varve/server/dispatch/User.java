package dev.varve.server.dispatch;

/**
 * Whom a connection is authenticated as. What he may do is one object, which a change replaces: all
 * connections that are his see it with their next command. Safe for use by many threads.
 */
public final class User {
  /** The name of the user that connections are before they say who they are. */
  public static final String DEFAULT = "default";

  private final String name;
  private volatile Permissions permissions;

  /** Makes one whose name's chars stand for bytes. */
  public User(String name, Permissions permissions) {
    this.name = name;
    this.permissions = permissions;
  }

  /** Returns the name; its chars stand for bytes. */
  public String name() {
    return name;
  }

  /** Returns what he may do. */
  public Permissions permissions() {
    return permissions;
  }

  /** Sets what he may do from now on. */
  public void permissions(Permissions next) {
    permissions = next;
  }

  @Override
  public String toString() {
    return name;
  }
}
