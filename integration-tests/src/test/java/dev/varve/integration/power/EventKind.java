package dev.varve.integration.power;

import java.util.List;

/** What stands in a trace; {@code syscalls.c} has the same order. */
enum EventKind {
  OPEN,
  CLOSE,
  DUPLICATE,
  WRITE,
  TRUNCATE,
  SYNC_BEGIN,
  SYNC_END,
  RENAME,
  LINK,
  UNLINK,
  MKDIR,
  RMDIR,
  NOT_MODELLED;

  private static final List<EventKind> ALL = List.of(values());

  /** The kind of that number. */
  static EventKind of(int number) {
    return ALL.get(number);
  }
}
