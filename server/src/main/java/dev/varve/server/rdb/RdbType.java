package dev.varve.server.rdb;

/** The numbers that RDB has for how values are written. Modules aren't read. */
final class RdbType {
  static final int STRING = 0;
  static final int LIST = 1;
  static final int SET = 2;

  /** Scores are text. */
  static final int SORTED_SET = 3;

  static final int HASH = 4;

  /** Scores are IEEE 754, little-endian. */
  static final int SORTED_SET_2 = 5;

  static final int HASH_ZIPMAP = 9;
  static final int LIST_ZIPLIST = 10;
  static final int SET_INTSET = 11;
  static final int SORTED_SET_ZIPLIST = 12;
  static final int HASH_ZIPLIST = 13;

  /** A list of ziplists. */
  static final int LIST_QUICKLIST = 14;

  /** A stream of Redis 5.0. */
  static final int STREAM_LISTPACKS = 15;

  static final int HASH_LISTPACK = 16;
  static final int SORTED_SET_LISTPACK = 17;

  /** A list of listpacks, and of single elements. */
  static final int LIST_QUICKLIST_2 = 18;

  /** A stream of Redis 7.0: how many entries were added is told, and read by groups. */
  static final int STREAM_LISTPACKS_2 = 19;

  static final int SET_LISTPACK = 20;

  /** A stream of Redis 7.2: when a consumer got something last is told, too. */
  static final int STREAM_LISTPACKS_3 = 21;

  /** Each field has its deadline, as far as it has one, in front of it. */
  static final int HASH_DEADLINES = 24;

  /** Each value is followed by a deadline. */
  static final int HASH_LISTPACK_DEADLINES = 25;

  private RdbType() {}
}
