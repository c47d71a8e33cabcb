package dev.varve.server.datatype;

import java.util.Locale;

/** What happens to keys, by Redis's names. */
public enum KeyEvent {
  SET(EventClass.STRING),
  SETRANGE(EventClass.STRING),
  APPEND(EventClass.STRING),
  SETBIT(EventClass.STRING),
  PFADD(EventClass.STRING),
  INCRBY(EventClass.STRING),
  INCRBYFLOAT(EventClass.STRING),
  HSET(EventClass.HASH),
  HDEL(EventClass.HASH),
  HEXPIRE(EventClass.HASH),
  HPERSIST(EventClass.HASH),
  HEXPIRED(EventClass.HASH),
  HINCRBY(EventClass.HASH),
  HINCRBYFLOAT(EventClass.HASH),
  LPUSH(EventClass.LIST),
  RPUSH(EventClass.LIST),
  LPOP(EventClass.LIST),
  RPOP(EventClass.LIST),
  LINSERT(EventClass.LIST),
  LSET(EventClass.LIST),
  LREM(EventClass.LIST),
  LTRIM(EventClass.LIST),
  SORTSTORE(EventClass.LIST),
  SADD(EventClass.SET),
  SREM(EventClass.SET),
  SPOP(EventClass.SET),
  SINTERSTORE(EventClass.SET),
  SUNIONSTORE(EventClass.SET),
  SDIFFSTORE(EventClass.SET),
  ZADD(EventClass.SORTED_SET),
  ZINCR(EventClass.SORTED_SET),
  ZREM(EventClass.SORTED_SET),
  ZREMRANGEBYRANK(EventClass.SORTED_SET),
  ZREMRANGEBYSCORE(EventClass.SORTED_SET),
  ZREMRANGEBYLEX(EventClass.SORTED_SET),
  ZPOPMIN(EventClass.SORTED_SET),
  ZPOPMAX(EventClass.SORTED_SET),
  ZRANGESTORE(EventClass.SORTED_SET),
  ZUNIONSTORE(EventClass.SORTED_SET),
  ZINTERSTORE(EventClass.SORTED_SET),
  ZDIFFSTORE(EventClass.SORTED_SET),
  GEORADIUSSTORE(EventClass.SORTED_SET),
  GEOSEARCHSTORE(EventClass.SORTED_SET),
  XADD(EventClass.STREAM),
  XDEL(EventClass.STREAM),
  XTRIM(EventClass.STREAM),
  XSETID(EventClass.STREAM),
  XGROUP_CREATE(EventClass.STREAM),
  XGROUP_CREATECONSUMER(EventClass.STREAM),
  XGROUP_DELCONSUMER(EventClass.STREAM),
  XGROUP_DESTROY(EventClass.STREAM),
  XGROUP_SETID(EventClass.STREAM),
  DEL(EventClass.GENERIC),
  EXPIRE(EventClass.GENERIC),
  PERSIST(EventClass.GENERIC),
  RENAME_FROM(EventClass.GENERIC),
  RENAME_TO(EventClass.GENERIC),
  COPY_TO(EventClass.GENERIC),
  RESTORE(EventClass.GENERIC),
  MOVE_FROM(EventClass.GENERIC),
  MOVE_TO(EventClass.GENERIC),
  EXPIRED(EventClass.EXPIRED),
  NEW(EventClass.NEW),
  KEYMISS(EventClass.KEY_MISS),
  /** A key is changed in a way that Redis has no event for. */
  UNTOLD(EventClass.UNTOLD),
  /** A database is emptied; there is no key. */
  FLUSHDB(EventClass.DATABASE),
  /** A database holds what another one did; there is no key, and one event for either. */
  SWAPDB(EventClass.DATABASE);

  private final EventClass itsClass;
  private final String eventName;

  KeyEvent(EventClass itsClass) {
    this.itsClass = itsClass;
    String name = name().toLowerCase(Locale.ROOT);
    // The names of what happens to groups of streams are joined in another way.
    this.eventName = itsClass == EventClass.STREAM ? name.replace('_', '-') : name;
  }

  /** Returns what it is about. */
  public EventClass eventClass() {
    return itsClass;
  }

  /** Returns its name as Redis gives it. */
  public String eventName() {
    return eventName;
  }
}
