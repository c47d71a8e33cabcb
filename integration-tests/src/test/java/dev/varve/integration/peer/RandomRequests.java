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
   * is either; {@code A:b} both, together; {@code *} behind stands for several times, {@code ?} in
   * front for perhaps. The first column: how often.
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
          1 INFO/TIME/LASTSAVE/ROLE
          1 CONFIG GET config-name*
          1 WAIT 0 0/1/-1/X
          1 UNWATCH
          1 WATCH key*
          1 DISCARD/EXEC
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
          1 CONFIG bogus-word ?text ?text
          1 COMMAND bogus-word ?text ?text
          1 OBJECT bogus-word ?text ?text
          1 MEMORY bogus-word ?text ?text
          1 CLIENT/CONFIG/OBJECT/MEMORY
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
          1 BGSAVE BOGUS
          1 SAVE X
          """);

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

  private static final Pattern HARMFUL = Pattern.compile("(?is)(wait|shutdown|bgsave|save)");

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
