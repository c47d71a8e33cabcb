package dev.varve.server.rdb;

/** The numbers in an RDB file that stand where a value's {@link RdbType} would. */
final class RdbOpcode {
  /** A slot and two sizes, written by clusters since Redis 8. */
  static final int SLOT = 244;

  /** A library of functions: its code. */
  static final int FUNCTION = 245;

  /** A library as the release candidates of Redis 7.0 wrote it. */
  static final int FUNCTION_BEFORE_RELEASE = 246;

  /** Something that a module keeps beside keys. */
  static final int MODULE = 247;

  /** How long the next key has not been used, in seconds. */
  static final int IDLE = 248;

  /** How often the next key was used. */
  static final int FREQUENCY = 249;

  /** A name and what it stands for, both strings. */
  static final int ABOUT = 250;

  /** How many keys the database has, and how many of those a deadline. */
  static final int SIZES = 251;

  /** The next key's deadline, a date in milliseconds. */
  static final int DEADLINE_MILLIS = 252;

  /** The next key's deadline, a date in seconds. */
  static final int DEADLINE_SECONDS = 253;

  /** The database of what follows. */
  static final int DATABASE = 254;

  /** The end; the checksum follows. */
  static final int END = 255;

  private RdbOpcode() {}
}
