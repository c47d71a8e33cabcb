package dev.varve.integration.peer;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.regex.Pattern;

/**
 * Random requests, as lists of words: made from templates, then often spoilt. Text stands for
 * bytes: Latin-1.
 */
final class RandomRequests {
  /**
   * A word in capitals is itself, one in small letters a kind of {@link RandomWords}. {@code A/B}
   * is either; {@code A:b} both, together; {@code *} after it stands for several times, {@code ?}
   * in front for perhaps. The first column: how often.
   */
  private static final List<Template> TEMPLATES =
      parse(
          """
          6 SET key value ?NX ?XX ?GET ?KEEPTTL ?EX:seconds ?PX:millis ?EXAT:unix-seconds ?PXAT:unix-millis
          4 GET key
          2 GETDEL key
          2 GETEX key ?PERSIST ?EX:seconds ?PX:millis ?EXAT:unix-seconds ?PXAT:unix-millis
          1 SETNX key value
          1 SETEX key seconds value
          1 PSETEX key millis value
          1 GETSET key value
          1 MSET key:value*
          1 MSETNX key:value*
          2 MGET key*
          1 STRLEN key
          2 APPEND key value
          2 SETRANGE key write-offset value
          2 GETRANGE key offset offset
          1 SUBSTR key offset offset
          2 INCR/DECR key
          2 INCRBY/DECRBY key int
          2 INCRBYFLOAT key float
          4 SADD key member*
          2 SREM key member*
          1 SMOVE key key member
          1 SISMEMBER key member
          1 SMISMEMBER key member*
          1 SCARD/SMEMBERS key
          2 SINTER/SUNION/SDIFF key*
          2 SINTERSTORE/SUNIONSTORE/SDIFFSTORE key key*
          1 SINTERCARD 1/2/int key key ?LIMIT:int
          4 HSET key member:value*
          1 HMSET key member:value*
          1 HSETNX key member value
          2 HDEL key member*
          2 HGET/HEXISTS/HSTRLEN key member
          1 HMGET key member*
          1 HLEN/HGETALL/HKEYS/HVALS key
          2 HINCRBY key member int
          1 HINCRBYFLOAT key member float
          4 LPUSH/RPUSH key value*
          1 LPUSHX/RPUSHX key value*
          2 LPOP/RPOP key ?int
          2 LRANGE key offset offset
          1 LTRIM key offset offset
          1 LINDEX key offset
          1 LSET key offset value
          1 LINSERT key BEFORE/AFTER/BOGUS value value
          1 LREM key offset value
          1 LLEN key
          1 LPOS key value ?RANK:rank ?COUNT:int ?MAXLEN:int
          1 LMOVE key key LEFT/RIGHT/BOGUS LEFT/RIGHT
          1 RPOPLPUSH key key
          1 LMPOP 1/2/int key key LEFT/RIGHT ?COUNT:int
          1 BLPOP/BRPOP key key 0.001/-1
          1 BLMOVE key key LEFT/RIGHT LEFT/RIGHT 0.001/-1
          4 ZADD key ?NX ?XX ?GT ?LT ?CH score:member*
          1 ZADD key ?NX ?XX ?GT ?LT INCR score member
          2 ZINCRBY key score member
          2 ZREM key member*
          1 ZSCORE/ZRANK/ZREVRANK key member
          1 ZMSCORE key member*
          1 ZCARD key
          2 ZRANGE/ZREVRANGE key int int ?WITHSCORES
          1 ZRANGE key limit limit BYSCORE ?REV ?LIMIT:int:int ?WITHSCORES
          1 ZRANGE key lex lex BYLEX ?REV ?LIMIT:int:int ?WITHSCORES
          1 ZRANGESTORE key key limit limit BYSCORE ?REV ?LIMIT:int:int
          1 ZRANGEBYSCORE/ZREVRANGEBYSCORE key limit limit ?WITHSCORES ?LIMIT:int:int
          1 ZRANGEBYLEX/ZREVRANGEBYLEX key lex lex ?LIMIT:int:int
          1 ZCOUNT/ZREMRANGEBYSCORE key limit limit
          1 ZLEXCOUNT/ZREMRANGEBYLEX key lex lex
          1 ZREMRANGEBYRANK key int int
          1 ZPOPMIN/ZPOPMAX key ?int
          1 ZMPOP 1/2/int key key MIN/MAX ?COUNT:int
          1 BZPOPMIN/BZPOPMAX key key 0.001/-1
          1 ZUNION/ZINTER 2 key key ?WEIGHTS:score:score ?AGGREGATE:SUM/MIN/MAX/BOGUS ?WITHSCORES
          1 ZDIFF 1/2/int key key ?WITHSCORES
          1 ZUNIONSTORE/ZINTERSTORE key 2 key key ?WEIGHTS:score:score ?AGGREGATE:SUM/MIN/MAX
          1 ZDIFFSTORE key 2 key key
          1 ZINTERCARD 1/2/int key key ?LIMIT:int
          2 GEOADD key ?NX ?XX ?CH longitude:latitude:member*
          1 GEOPOS/GEOHASH key member*
          1 GEODIST key member member ?M/KM/FT/MI/BOGUS
          1 GEOSEARCH key FROMMEMBER:member BYRADIUS:score:KM ASC ?COUNT:int ?WITHDIST ?WITHHASH
          1 GEOSEARCH key FROMLONLAT:longitude:latitude BYBOX:score:score:KM ASC ?WITHCOORD
          1 SORT/SORT_RO key ALPHA ?DESC ?LIMIT:int:int ?STORE:key
          3 XADD key ?NOMKSTREAM ?MAXLEN:int stream-id member:value*
          1 XLEN key
          1 XDEL key stream-id*
          1 XTRIM key MAXLEN/MINID int/stream-id
          2 XRANGE/XREVRANGE key stream-id/- stream-id/+ ?COUNT:int
          1 XREAD ?COUNT:int STREAMS key stream-id
          1 XGROUP CREATE key member stream-id/$ ?MKSTREAM
          1 XGROUP DESTROY key member
          1 XGROUP CREATECONSUMER/DELCONSUMER key member member
          1 XREADGROUP GROUP member member ?COUNT:int ?NOACK STREAMS key stream-id/>
          1 XACK key member stream-id*
          1 XPENDING key member
          1 XSETID key stream-id ?ENTRIESADDED:int ?MAXDELETEDID:stream-id
          1 XGROUP SETID key member stream-id/$ ?ENTRIESREAD:int
          1 XCLAIM key member member 0 stream-id* ?JUSTID ?FORCE ?RETRYCOUNT:int ?LASTID:stream-id
          1 XAUTOCLAIM key member member 0 stream-id ?COUNT:int ?JUSTID
          1 XINFO GROUPS key
          1 XINFO STREAM/CONSUMERS text
          1 GEORADIUS/GEORADIUS_RO key longitude latitude score KM ASC ?COUNT:int ?WITHDIST ?STORE:key
          1 GEORADIUSBYMEMBER/GEORADIUSBYMEMBER_RO key member score M/KM ASC ?COUNT:int ?WITHCOORD ?STOREDIST:key
          1 GEOSEARCHSTORE key key FROMLONLAT:longitude:latitude BYRADIUS:score:KM ASC ?COUNT:int ?STOREDIST
          1 RESTORE key 0/int text ?REPLACE ?ABSTTL ?IDLETIME:int ?FREQ:int
          1 PUBLISH/SPUBLISH text text
          1 PUBSUB CHANNELS ?pattern
          1 PUBSUB SHARDCHANNELS ?pattern
          1 PUBSUB NUMSUB/SHARDNUMSUB text*
          1 PUBSUB NUMPAT ?text
          1 SCRIPT EXISTS text*
          1 SCRIPT LOAD script
          1 FUNCTION LOAD ?REPLACE library
          1 FUNCTION DELETE lib/text
          1 FUNCTION LIST ?WITHCODE ?LIBRARYNAME:pattern
          2 FCALL/FCALL_RO reads/writes/text 0/1/2/int key value value
          1 LATENCY HISTORY/RESET text
          1 LATENCY LATEST/DOCTORS
          1 CLIENT TRACKINGINFO/GETREDIR
          1 CLIENT CACHING YES/NO/BOGUS
          1 CLIENT UNBLOCK int ?TIMEOUT/ERROR/BOGUS
          1 CLUSTER INFO/NODES/KEYSLOT/BOGUS ?text
          1 REPLICAOF/SLAVEOF NO ONE
          1 READONLY/READWRITE/ASKING
          1 FAILOVER ABORT
          1 MODULE LIST ?text
          1 DEBUG OBJECT/SLEEP/JMAP key
          2 SETBIT key write-offset 0/1/int
          1 GETBIT key write-offset
          2 BITCOUNT key
          1 BITCOUNT key offset offset ?BYTE/BIT/BOGUS
          1 BITPOS key 0/1/int
          1 BITPOS key 0/1/int offset offset ?BYTE/BIT/BOGUS
          1 BITOP AND/OR/XOR/NOT/BOGUS key key*
          1 BITFIELD key ?GET:bit-type:write-offset ?OVERFLOW:WRAP/SAT/FAIL/BOGUS ?SET:bit-type:write-offset:int ?INCRBY:bit-type:write-offset:int
          1 BITFIELD_RO key GET:bit-type:write-offset
          2 PFADD key member*
          1 PFCOUNT/PFMERGE key*
          1 LCS key key ?LEN ?IDX ?WITHMATCHLEN ?MINMATCHLEN:int
          2 EVAL/EVAL_RO script 0/1/2/int key value value
          1 EVALSHA text 0 key
          3 DEL/UNLINK/EXISTS/TOUCH key*
          1 TYPE key
          2 RENAME/RENAMENX key key
          3 COPY key key ?DB:db ?REPLACE
          2 MOVE key db
          2 OBJECT ENCODING/REFCOUNT/FREQ/IDLETIME key
          1 MEMORY USAGE key ?SAMPLES:int
          3 EXPIRE key seconds ?NX ?XX ?GT ?LT
          3 PEXPIRE key millis ?NX ?XX ?GT ?LT
          3 EXPIREAT key unix-seconds ?NX ?XX ?GT ?LT
          3 PEXPIREAT key unix-millis ?NX ?XX ?GT ?LT
          4 TTL/PTTL/EXPIRETIME/PEXPIRETIME key
          2 PERSIST key
          2 SCAN cursor COUNT:count ?MATCH:pattern ?TYPE:type
          1 SCAN cursor COUNT:1000 ?MATCH:pattern ?COUNT:1000 ?MATCH:pattern
          2 KEYS pattern
          1 RANDOMKEY
          1 DBSIZE
          1 SWAPDB db db
          1 PING ?text
          1 ECHO text
          1 HELLO ?protover
          1 HELLO protover ?AUTH:DEFAULT:text ?SETNAME:name
          1 HELLO protover ?AUTH:text:text ?SETNAME:name ?text
          2 SELECT db
          1 AUTH text ?text
          1 CLIENT ID/INFO/GETNAME
          1 CLIENT SETNAME name
          1 CLIENT NO-EVICT ON/OFF/text
          1 CLIENT LIST ?TYPE:REPLICA/MASTER/PUBSUB/BOGUS
          1 CLIENT LIST ID 999999999/0/-1/X/99999999999999999999
          1 COMMAND COUNT/LIST/BOGUS
          1 COMMAND INFO command-name*
          1 COMMAND DOCS bogus
          1 COMMAND LIST FILTERBY ?MODULE:text ?PATTERN:text ?ACLCAT:text ?BOGUS:text
          1 ACL WHOAMI/USERS/LIST/LOAD/SAVE/CAT/BOGUS
          1 ACL GETUSER DEFAULT/NOBODY/text
          1 ACL DRYRUN DEFAULT/NOBODY command-name ?key ?text
          1 INFO/TIME/LASTSAVE/ROLE
          1 CONFIG GET config-name*
          1 WAIT 0 0/1/-1/X
          1 UNWATCH
          1 WATCH key*
          1 DISCARD/EXEC
          1 BRPOPLPUSH key key 0.001/-1
          1 BLMPOP 0.001/-1/X 1/2/int key key LEFT/RIGHT ?COUNT:int
          1 BZMPOP 0.001/-1/X 1/2/int key key MIN/MAX ?COUNT:int
          1 HSCAN/SSCAN/ZSCAN key cursor COUNT:count ?MATCH:pattern
          1 SRANDMEMBER/HRANDFIELD/ZRANDMEMBER key ?rank/X/1.0/9223372036854775808
          1 HRANDFIELD key rank WITHVALUES/BOGUS
          1 ZRANDMEMBER key rank WITHSCORES/BOGUS
          1 DUMP key
          1 EVALSHA_RO text 0 key
          1 XINFO STREAM key
          1 XPENDING key member -/stream-id +/stream-id int ?member
          1 XREAD BLOCK:1 STREAMS key stream-id
          1 CLUSTER SLOTS/SHARDS/MYID/LINKS/COUNTKEYSINSLOT/GETKEYSINSLOT/RESET/FORGET ?text
          1 LATENCY HISTOGRAM nosuch
          1 SCRIPT/FUNCTION KILL
          1 FUNCTION RESTORE text ?APPEND/REPLACE/FLUSH/BOGUS
          1 MEMORY DOCTOR/STATS/PURGE
          """);

  /** Requests that would do harm, or differ, if anything of them were changed. */
  private static final List<Template> AS_THEY_ARE =
      parse(
          """
          1 FLUSHDB ?SYNC/ASYNC/BOGUS
          1 FLUSHALL ?SYNC/ASYNC/BOGUS
          1 RESET
          1 QUIT
          1 CLIENT REPLY BOGUS
          1 CLIENT REPLY
          1 CLIENT KILL 1.2.3.4:5
          1 CLIENT KILL text
          1 CLIENT KILL TYPE REPLICA/MASTER/PUBSUB/SLAVE/BOGUS
          1 CLIENT KILL ID 0/-1/X/999999999 ?SKIPME:YES/NO/MAYBE
          1 CLIENT KILL ADDR 1.2.3.4:5 ?LADDR:1.2.3.4:5 ?USER:DEFAULT ?USER:nobody ?TYPE:REPLICA ?ADDR
          1 CLIENT bogus-word ?text ?text
          1 ACL SETUSER NOBODY ?ON ?NOPASS ?ALLKEYS ?ALLCHANNELS ?ALLCOMMANDS ?BOGUS
          1 ACL GENPASS 0/-1/4097/X
          1 ACL LOG RESET/X
          1 ACL DELUSER DEFAULT/NOBODY/text
          1 ACL bogus-word ?text ?text
          1 CONFIG bogus-word ?text ?text
          1 COMMAND bogus-word ?text ?text
          1 OBJECT bogus-word ?text ?text
          1 MEMORY bogus-word ?text ?text
          1 FUNCTION FLUSH ?SYNC/ASYNC/BOGUS
          1 SCRIPT FLUSH ?SYNC/ASYNC/BOGUS
          1 SCRIPT/FUNCTION/PUBSUB/SLOWLOG/LATENCY/XGROUP/XINFO/CLUSTER/MODULE bogus-word ?text ?text
          1 ACL/CLIENT/CONFIG/OBJECT/MEMORY/SCRIPT/FUNCTION/PUBSUB/SLOWLOG/LATENCY/XGROUP/XINFO
          1 SHUTDOWN BOGUS
          1 SHUTDOWN ABORT ?NOW ?ABORT
          1 SHUTDOWN SAVE NOSAVE
          1 CONFIG SET TIMEOUT 0/100/-1/X/2147483648/1MB
          1 CONFIG SET TCP-BACKLOG/DATABASES/UNIXSOCKET/DAEMONIZE/SUPERVISED/IO-THREADS/UNIXSOCKETPERM 1
          1 CONFIG SET APPENDFSYNC ALWAYS/EVERYSEC/NO/BOGUS
          1 CONFIG SET APPENDONLY/PROTECTED-MODE BOGUS
          1 CONFIG SET MAXMEMORY-POLICY NOEVICTION
          1 CONFIG SET PROTO-MAX-BULK-LEN 1MB/X
          1 CONFIG SET TIMEOUT 0 TIMEOUT 1
          1 CONFIG SET TIMEOUT 50 BOGUS 1
          1 CONFIG SET TIMEOUT 60 APPENDFSYNC BOGUS
          1 CONFIG SET TIMEOUT
          1 CONFIG SET TIMEOUT 1 X
          1 CONFIG SET text text
          1 SLOWLOG GET -2/X
          1 SPOP key 1000/0/-1/X
          1 SORT/SORT_RO key BY sort-pattern ?GET:sort-pattern ?GET:# ?LIMIT:int:int ?DESC
          1 CLIENT PAUSE 0/1/X/-1 ?WRITE/ALL/BOGUS
          1 CLIENT UNPAUSE ?X
          1 CLIENT TRACKING OFF/BOGUS
          1 CLIENT TRACKING ON OPTIN OPTOUT/BOGUS
          1 CLIENT TRACKING ON PREFIX member ?PREFIX:member
          1 CLIENT TRACKING ON REDIRECT 999999999/X/-1
          1 CONFIG RESETSTAT
          1 MIGRATE 127.0.0.1 1 nosuch 0 10/X/-1 ?COPY ?REPLACE ?AUTH:text ?BOGUS
          1 PFDEBUG BOGUS/ENCODING key
          1 BGSAVE BOGUS
          1 SAVE X
          """);

  private static final String[] SCRIPTS = {
    "return KEYS",
    "return {1, 'a', {true, false}, 2.9, {ok='fine'}}",
    "return redis.call('GET', KEYS[1])",
    "return redis.pcall('INCR', KEYS[1])",
    "return redis.call('SET', KEYS[1], ARGV[1])",
    "redis.call('LPUSH', KEYS[1], ARGV[1]); return redis.call('LLEN', KEYS[1])",
    "return redis.error_reply('MY error')",
    "return {err='MY error'}",
    "error('thrown')",
    "return redis.call('nosuch')",
    "return redis.call()",
    "return cjson.encode({KEYS[1], 1, 2.5})",
    "return tostring(1/3) .. #ARGV",
    "return tonumber(ARGV[1])",
    "syntax error",
    "x = 1",
    "return redis.sha1hex(ARGV[1])",
    "return redis.call('HGETALL', KEYS[1])[1] == nil",
    "",
  };

  /** They all have one name, as Redis lists several libraries in the order of a hash. */
  private static final String[] LIBRARIES = {
    "#!lua name=lib\nredis.register_function('writes', function(k, a) return redis.call('SET', k[1], a[1]) end)",
    "#!lua name=lib\nredis.register_function{function_name='reads',"
        + " callback=function(k, a) return redis.call('GET', k[1]) end, flags={'no-writes'}}",
    "#!lua name=lib\nredis.register_function('reads', 1)",
    "#!lua name=lib\n",
    "#!lua name=l-b\nreturn 1",
    "#!lua\nreturn 1",
    "#!js name=lib\nreturn 1",
    "return 1",
    "#!lua name=lib\nsyntax error",
    "#!lua name=lib\nredis.call('GET', 'a')",
    "",
  };

  private static final String[] CONFIG_NAMES = {
    "timeout",
    "databases",
    "maxmemory-policy",
    "requirepass",
    "tcp-backlog",
    "tcp-keepalive",
    "daemonize",
    "protected-mode",
    "unixsocket",
    "bogus",
    "proto-max-bulk-len",
    "TimeOut",
    "timeou[t]",
  };

  /**
   * Not to be spoilt: it would do harm, wait for ever, answer with as many members as an odd number
   * says, or be answered by what later versions of Redis added or mended.
   */
  private static final Pattern HARMFUL =
      Pattern.compile(
          "(?is)(wait|shutdown|bgsave|save|zrank|zrevrank|lpos|xread|blpop|brpop|blmove|bzpopmin|bzpopmax"
              + "|brpoplpush|blmpop|bzmpop|srandmember|hrandfield|zrandmember)");

  private final SplittableRandom random;
  private final RandomWords words;

  RandomRequests(SplittableRandom random) {
    this.random = random;
    words = new RandomWords(random);
  }

  RandomWords words() {
    return words;
  }

  /** Any request. */
  List<String> next() {
    return switch (random.nextInt(20)) {
      case 0 -> unknown();
      case 1 -> words.chance(4) ? fromTemplate(pick(AS_THEY_ARE)) : getKeys();
      default -> {
        List<String> request = fromTemplate(pick(TEMPLATES));
        yield words.chance(7) ? spoil(request) : request;
      }
    };
  }

  /** One that reads or writes a key, and isn't spoilt. */
  List<String> simple() {
    return fromTemplate(TEMPLATES.get(random.nextInt(8)));
  }

  private List<String> unknown() {
    List<String> request = new ArrayList<>();
    request.add(
        switch (random.nextInt(5)) {
          case 0 -> "nosuch" + words.bytes(5);
          case 1 -> "x".repeat(120 + random.nextInt(20));
          case 2 -> "no\0such";
          case 3 -> words.chance(2) ? "" : "get ";
          default -> words.pick("GETT", "SE", "nosuch", "a\r\nb", "CLIENT|ID");
        });
    for (int i = random.nextInt(6); i > 0; i--) {
      request.add(words.word(words.pick("text", "value", "int", "key")));
    }
    return request;
  }

  private List<String> getKeys() {
    List<String> request = new ArrayList<>(List.of("COMMAND"));
    request.add(anyCase(words.pick("GETKEYS", "GETKEYSANDFLAGS")));
    request.addAll(words.chance(8) ? unknown() : fromTemplate(pick(TEMPLATES)));
    if (words.chance(6)) {
      request.remove(request.size() - 1);
    }
    return request;
  }

  private List<String> fromTemplate(Template template) {
    List<String> request = new ArrayList<>();
    List<String> options = new ArrayList<>();
    for (String item : template.items) {
      if (item.startsWith("?")) {
        options.add(item.substring(1));
      } else if (item.endsWith("*")) {
        for (int i = random.nextInt(words.chance(10) ? 40 : 5); i >= 0; i--) {
          addGroup(request, item.substring(0, item.length() - 1));
        }
      } else {
        addGroup(request, item);
      }
    }
    Collections.shuffle(options, new Random(random.nextLong()));
    for (String option : options) {
      if (words.chance(Math.min(4, options.size() + 1))) {
        addGroup(request, option);
      }
    }
    return request;
  }

  private void addGroup(List<String> request, String group) {
    // An address is one word.
    for (String item :
        group.matches(".*\\d:.*|HOST:") ? List.of(group) : List.of(group.split(":"))) {
      String word = words.pick(item.split("/"));
      request.add(
          switch (word) {
            case "bogus" -> "bogus";
            case "nobody" -> "nobody";
            case "nosuch" -> "nosuch";
            case "script" -> words.pick(SCRIPTS);
            case "library" -> words.pick(LIBRARIES);
            case "lib" -> "lib";
            case "reads" -> "reads";
            case "writes" -> "writes";
            case "bogus-word" ->
                words.pick("bogus", "", "x".repeat(140), "a\0b", "get\r\n", "\u00ff");
            case "config-name" -> words.pick(CONFIG_NAMES);
            default ->
                word.equals(word.toUpperCase(Locale.ROOT)) ? anyCase(word) : words.word(word);
          });
    }
  }

  private String anyCase(String word) {
    return switch (random.nextInt(6)) {
      case 0 -> word.toLowerCase(Locale.ROOT);
      case 1 -> word.substring(0, 1) + word.substring(1).toLowerCase(Locale.ROOT);
      default -> word;
    };
  }

  /**
   * Makes it likely that a request is wrong: of wrong arity, or with a word that doesn't belong.
   */
  private List<String> spoil(List<String> request) {
    if (HARMFUL.matcher(request.getFirst()).matches()) {
      return request;
    }
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = 1 + random.nextInt(request.size());
      boolean inside = at < request.size();
      switch (random.nextInt(5)) {
        case 0 -> request.add(at, words.oddNumber());
        case 1 -> request.add(words.word("text"));
        case 2 -> request.add(at, request.get(random.nextInt(request.size())));
        default -> {
          if (inside && words.chance(2)) {
            request.set(at, words.oddNumber());
          } else if (request.size() > 1) {
            request.removeLast();
          }
        }
      }
    }
    return request;
  }

  private Template pick(List<Template> templates) {
    return templates.get(random.nextInt(templates.size()));
  }

  private record Template(List<String> items) {}

  private static List<Template> parse(String lines) {
    List<Template> templates = new ArrayList<>();
    for (String line : lines.lines().toList()) {
      List<String> words = List.of(line.split(" "));
      Template template = new Template(words.subList(1, words.size()));
      templates.addAll(Collections.nCopies(Integer.parseInt(words.getFirst()), template));
    }
    return templates;
  }
}
