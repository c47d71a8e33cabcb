package dev.varve.integration.power;

/** What can be made to fail; {@code syscalls.c} has the same numbers. */
enum CallKind {
  OPEN(0),
  READ(1),
  WRITE(2),
  SYNC(3),
  TRUNCATE(4),
  RENAME(5),
  LINK(6),
  UNLINK(7),
  MKDIR(8),
  RMDIR(9),
  CLOSE(10);

  private final int number;

  CallKind(int number) {
    this.number = number;
  }

  /** Its bit in a set of kinds. */
  long bit() {
    return 1L << number;
  }
}
