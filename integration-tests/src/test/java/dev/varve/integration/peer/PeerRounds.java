package dev.varve.integration.peer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.varve.integration.RawClient;
import dev.varve.integration.ServerProcess;
import dev.varve.integration.peer.PeerConnection.Received;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Random requests, well-formed and not, to a real Redis 7.0.15 and to the packaged Varve: the bytes
 * of all replies must be the same, but for {@link Differences}.
 *
 * <p>They go in rounds, each with a seed and a state of its own; the seed of one that fails is
 * told. Of use to one thread.
 */
final class PeerRounds implements AutoCloseable {
  private static final int BURSTS = 120;
  private static final int MOST_REQUESTS = 30;

  /**
   * Below and above the limit by more than what Redis reads at once: it looks for it in between.
   */
  private static final int SHORT_LINE = 50_000;

  private static final int LONG_LINE = 400_000;

  /**
   * The longest inline request, so that a short line with a request after it still is a short one.
   */
  private static final int MOST_INLINE = 4_000;

  /**
   * Redis counts keys whose time is over until it comes upon them, and spoilt requests make keys of
   * any name.
   */
  private static final List<String> WALK = List.of("SCAN", "0", "COUNT", "100000");

  /** For Varve to remove what has expired. */
  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** Times that Varve may count less than Redis: a key may expire in the one before the other. */
  private static final int MOST_SHORT = 3;

  private static final int MOST_FAILURES = 5;
  private static final int MOST_PRINTED = 4000;

  /**
   * What the servers must be started with as {@code --requirepass} for {@link #unauthenticated}.
   */
  static final String PASSWORD = "secret";

  private static final List<String> LIMIT = List.of("--proto-max-bulk-len", "1mb");

  /** Commands whose replies are the same to the byte, within a transaction, too. */
  private static final String EXACT =
      "(?i)(set|get|getdel|setnx|getset|mset|msetnx|mget|strlen|append|setrange|getrange|incr|decr"
          + "|incrby|decrby|del|unlink|exists|touch|type|rename|renamenx|copy|move|select|swapdb"
          + "|persist|ping|echo|flushdb|multi|watch|unwatch"
          + "|hset|hget|hdel|hlen|hincrby|sadd|srem|scard|sismember|lpush|rpush|lpop|rpop|lrange|lset"
          + "|lmove|lrem|ltrim|blpop|zadd|zrem|zscore|zrange|zpopmin|zrank|xadd|xrange|xlen|setbit"
          + "|bitcount|pfadd|pfcount|eval)";

  private final RedisServer redis;
  private final ServerProcess varve;
  private PeerConnection toRedis;
  private PeerConnection toVarve;
  private SplittableRandom random;
  private RandomRequests requests;

  /** What the round sent last, for the message of a failure. */
  private String sent = "";

  private int bursts;
  private long compared;

  /** What Redis has answered last, and what Varve has. */
  private Received expected;

  private Received actual;

  private interface Round {
    void run() throws IOException;
  }

  /**
   * Starts both servers, with their files in a folder and with the same settings: without
   * persistence, as what is compared is replies and not how long they take, and with a limit of
   * lengths that both have, as Varve's would else be a share of its memory.
   */
  PeerRounds(Path folder, String... options) {
    String[] all = Stream.concat(LIMIT.stream(), Stream.of(options)).toArray(String[]::new);
    varve = ServerProcess.in(folder.resolve("varve")).with("--appendfsync", "no").with(all).start();
    redis = RedisServer.start(folder, all);
  }

  @Override
  public void close() {
    redis.close();
    varve.close();
  }

  /** Requests that were sent and whose replies were compared, in whole frames. */
  long compared() {
    return compared;
  }

  /**
   * Plays rounds of every kind of request, of this seed and the ones that follow it, until it is
   * enough or many have failed.
   *
   * @throws AssertionError if a round failed; it tells the seed of each that did
   */
  void any(long seed, BooleanSupplier enough) {
    play(seed, enough, this::anyRound);
  }

  /** As {@link #any}, on connections that are to give a password first. */
  void unauthenticated(long seed, BooleanSupplier enough) {
    play(seed, enough, this::passwordRound);
  }

  private void play(long first, BooleanSupplier enough, Round round) {
    List<String> failures = new ArrayList<>();
    for (long seed = first; !enough.getAsBoolean() && failures.size() < MOST_FAILURES; seed++) {
      try {
        play(seed, round);
      } catch (AssertionError | IOException | RuntimeException e) {
        failures.add(
            String.format(
                Locale.ROOT,
                "the round of -Dvarve.seed=%d, burst %d: %s\nsent last: %s",
                seed,
                bursts,
                e,
                printable(sent)));
      }
    }
    if (!failures.isEmpty()) {
      fail(String.join("\n", failures));
    }
  }

  private void play(long seed, Round round) throws IOException {
    random = new SplittableRandom(seed);
    requests = new RandomRequests(random);
    bursts = 0;
    connect();
    try {
      round.run();
    } finally {
      disconnect();
    }
  }

  private void anyRound() throws IOException {
    exchange(List.of(List.of("FLUSHALL"), List.of("CONFIG", "SET", "timeout", "0")));
    for (int i = 0; i < BURSTS; i++) {
      switch (random.nextInt(20)) {
        case 0 -> inline();
        case 1 -> mangled();
        case 2 -> replyModes();
        case 3 -> expired();
        case 4 -> walk();
        case 5 -> http();
        case 6, 7 -> transaction();
        case 8 -> subscriptions();
        default -> exchange(randomRequests());
      }
    }
    everyKey();
  }

  /** What is sent in one piece: with WATCH, errors while queueing, and what ends it. */
  private void transaction() throws IOException {
    List<List<String>> list = new ArrayList<>();
    // What was watched before may expire here a moment sooner than there.
    list.add(List.of("UNWATCH"));
    if (random.nextBoolean()) {
      list.add(List.of("WATCH", requests.next().getLast(), "watched"));
    }
    if (random.nextInt(4) == 0) {
      list.add(List.of("SET", "watched", "touched"));
    }
    list.add(List.of("MULTI"));
    for (int i = random.nextInt(MOST_REQUESTS); i > 0; i--) {
      List<String> request = requests.next();
      if (request.getFirst().matches(EXACT)) {
        list.add(request);
      }
    }
    list.add(List.of(random.nextInt(8) == 0 ? "DISCARD" : "EXEC"));
    exchangeAtOnce(list);
  }

  /** Before authentication less is allowed, and more is checked. Each burst is a connection's. */
  private void passwordRound() throws IOException {
    for (int i = 0; i < BURSTS; i++) {
      List<List<String>> list = new ArrayList<>();
      addRequest(list);
      addRequest(list);
      switch (random.nextInt(8)) {
        case 0 -> list.addFirst(List.of("AUTH", PASSWORD));
        case 1 -> list.addFirst(List.of("AUTH", "default", PASSWORD));
        case 2 -> list.addFirst(List.of("HELLO", "3", "AUTH", "default", PASSWORD));
        case 3 -> list.addFirst(List.of("HELLO", words("2", "3"), "SETNAME", "me"));
        case 4 -> list.add(1, List.of("AUTH", PASSWORD));
        case 5 -> list.add(List.of("RESET"));
        default -> {}
      }
      if (random.nextInt(6) == 0) {
        mangled();
      } else {
        list.add(List.of("QUIT"));
        exchangeAtOnce(list);
      }
    }
  }

  private void connect() throws IOException {
    toRedis = new PeerConnection(redis.port());
    toVarve = new PeerConnection(varve.port());
  }

  private void disconnect() throws IOException {
    toRedis.close();
    toVarve.close();
  }

  private List<List<String>> randomRequests() {
    List<List<String>> list = new ArrayList<>();
    for (int i = random.nextInt(MOST_REQUESTS); i >= 0; i--) {
      addRequest(list);
    }
    return list;
  }

  private void addRequest(List<List<String>> list) {
    List<String> request = requests.next();
    if (request.getFirst().matches("(?i)dbsize|memory")) {
      list.add(WALK);
    }
    list.add(request);
  }

  /** Lines, quoted in every way, and wrongly. */
  private void inline() throws IOException {
    StringBuilder lines = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      List<String> line = new ArrayList<>();
      for (String word : requests.simple()) {
        line.add(quoted(word));
      }
      String end = words("\n", "\r\n", " \r\n", "\t\n");
      String all = String.join(words(" ", "  ", "\t", " \u000b"), line);
      if (all.length() <= MOST_INLINE) {
        lines.append(all).append(end);
      }
    }
    if (random.nextInt(4) == 0) {
      lines.insert(random.nextInt(lines.length() + 1), words("'", "\"", "\\", "\\x4"));
    }
    if (random.nextInt(40) == 0) {
      lines.insert(0, "x".repeat(lineLength()));
    }
    Received[] both = toTheEnd(lines.toString());
    compareWhole(both[0], both[1]);
  }

  /** A word as it can stand in a line; or, now and then, as it can't. */
  private String quoted(String word) {
    if (word.matches("[!#-&(-~]+") && random.nextInt(4) > 0) {
      return word;
    }
    if (word.matches("[ -~&&[^'\\\\]]*") && random.nextBoolean()) {
      return '\'' + word + '\'';
    }
    StringBuilder text = new StringBuilder("\"");
    for (int i = 0; i < word.length(); i++) {
      char c = word.charAt(i);
      switch (c) {
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case '"', '\\' -> text.append('\\').append(c);
        default -> {
          if (c == 0 || random.nextInt(4) == 0) {
            text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    return text.append('"').toString();
  }

  /** Frames that are broken somewhere, without zero bytes: in lines Redis sees their end there. */
  private void mangled() throws IOException {
    StringBuilder frames = new StringBuilder();
    for (int i = random.nextInt(3); i >= 0; i--) {
      frames.append(frame(requests.simple()).replace('\0', '0'));
    }
    for (int i = random.nextInt(3); i >= 0 && !frames.isEmpty(); i--) {
      RandomWords words = requests.words();
      int at = random.nextInt(frames.length());
      switch (random.nextInt(6)) {
        case 0 -> frames.deleteCharAt(at);
        case 1 -> frames.insert(at, words.pick("*", "$", "\r\n", "\n", "0", "-", " ", "\"", "x"));
        case 2 -> frames.setCharAt(at, (char) (1 + random.nextInt(255)));
        case 3 -> frames.setLength(at + 1);
        default -> {
          int header = frames.indexOf(words.pick("*", "$"), at);
          int end = header < 0 ? -1 : frames.indexOf("\r\n", header);
          if (end > 0) {
            String number =
                words.chance(3) ? "" + random.nextInt(12) : words.oddNumber().replace('\0', 'x');
            frames.replace(header + 1, end, number);
          }
        }
      }
    }
    if (random.nextInt(40) == 0) {
      frames.insert(0, words("*", "$") + "1".repeat(lineLength()));
    }
    Received[] both = toTheEnd(frames.toString());
    compareWhole(both[0], both[1]);
  }

  private int lineLength() {
    return random.nextBoolean() ? SHORT_LINE : LONG_LINE;
  }

  /** What a client may send that is subscribed, and what it may not, to the end of it. */
  private void subscriptions() throws IOException {
    String version = words("2", "3");
    exchangeAtOnce(List.of(List.of("HELLO", version)));
    // What it publishes itself may come to it at other places by RESP3; by RESP2 it may publish
    // only while it isn't subscribed.
    String publish = version.equals("2") ? words("PUBLISH", "SPUBLISH") : "publishing";
    StringBuilder frames = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      List<String> request =
          random.nextBoolean()
              ? List.of(
                  words("SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "unsubscribe", "PUNSUBSCRIBE")
                      + words("", "", "", "", "x"),
                  words("a", "b", "*", "[ab]", ""))
              : switch (random.nextInt(8)) {
                case 0 -> List.of(words("SUNSUBSCRIBE", "SSUBSCRIBE"), words("a", "b"));
                case 1 -> List.of(publish, words("a", "b", ""), "message");
                case 2 -> List.of("PING");
                case 3 -> List.of("PING", "text");
                case 4 -> List.of("PUBSUB", words("NUMSUB", "SHARDNUMSUB"), "a", "b");
                case 5 -> List.of("PUBSUB", "NUMPAT");
                case 6 -> List.of("HELLO", "4", words("SETNAME", "x"), "me");
                default -> requests.simple();
              };
      frames.append(frame(request));
    }
    frames.append(frame(List.of("RESET")));
    String last = "end " + bursts;
    send(frames.append(frame(List.of("ECHO", last))).toString());
    Received theirs = toRedis.receiveUntil(bulk(last));
    compareWhole(theirs, toVarve.receiveUntil(bulk(last)));
  }

  /** What a browser would send. In one piece with others, Redis may lose the others' replies. */
  private void http() throws IOException {
    Received[] both =
        toTheEnd(frame(List.of(words("POST", "Host:", "pOst"), "x")) + frame(List.of("PING")));
    compareWhole(both[0], both[1]);
  }

  private String words(String... choices) {
    return requests.words().pick(choices);
  }

  /** Replies that the client doesn't want, and what turns them on again. */
  private void replyModes() throws IOException {
    StringBuilder frames = new StringBuilder();
    for (int i = random.nextInt(6); i >= 0; i--) {
      frames.append(frame(List.of("CLIENT", "REPLY", words("ON", "OFF", "SKIP", "off", "x"))));
      frames.append(frame(requests.simple()));
    }
    frames.append(frame(List.of("CLIENT", "REPLY", "ON")));
    String last = "end " + bursts;
    send(frames.append(frame(List.of("ECHO", last))).toString());
    Received expected = toRedis.receiveUntil(bulk(last));
    compareWhole(expected, toVarve.receiveUntil(bulk(last)));
  }

  /** Keys whose time is over in a moment are gone from both. */
  private void expired() throws IOException {
    String key = words(RandomWords.KEYS);
    exchange(
        List.of(
            List.of("SET", key, "short"),
            List.of("PEXPIRE", key, "" + random.nextInt(1, 5)),
            List.of("SELECT", "0")));
    for (PeerConnection peer : List.of(toRedis, toVarve)) {
      String end = frame(List.of("EXISTS", key));
      peer.send(frame(List.of("SELECT", "0")) + frame(List.of("SET", key, "v", "PX", "3")), random);
      peer.receiveUntil("+OK\r\n+OK\r\n");
      Received exists;
      do {
        peer.send(end, random);
        exists = peer.receiveUntil("\r\n");
      } while (exists.bytes().equals(":1\r\n"));
    }
    exchange(
        List.of(List.of("GET", key), List.of("PTTL", key), List.of("SET", key, "v", "NX", "GET")));
  }

  /** Walks over all keys, a few at a time: both must tell the same ones. */
  private void walk() throws IOException {
    String pattern = requests.words().word("pattern");
    List<List<String>> found = new ArrayList<>();
    for (PeerConnection peer : List.of(toRedis, toVarve)) {
      List<String> keys = new ArrayList<>();
      String cursor = "0";
      do {
        String last = "end " + bursts;
        peer.send(
            frame(List.of("SCAN", cursor, "MATCH", pattern, "COUNT", "3"))
                + frame(List.of("ECHO", last)),
            random);
        List<String> replies = Replies.split(peer.receiveUntil(bulk(last)).bytes());
        List<String> parts = Replies.elements(replies.getFirst());
        cursor = parts.getFirst().split("\r\n", -1)[1];
        keys.addAll(Replies.elements(parts.get(1)));
      } while (!cursor.equals("0"));
      found.add(keys.stream().distinct().sorted().toList());
    }
    sent = "SCAN MATCH " + pattern;
    assertEquals(found.getFirst(), found.getLast());
  }

  /** What is there in the end, in the databases that were used. */
  private void everyKey() throws IOException {
    List<List<String>> all = new ArrayList<>();
    List<String> get = new ArrayList<>(List.of(RandomWords.KEYS));
    get.addFirst("MGET");
    all.add(List.of("RESET"));
    for (int database = 0; database < 3; database++) {
      all.add(List.of("SELECT", "" + database));
      all.add(get);
      for (String key : RandomWords.KEYS) {
        all.add(List.of("PTTL", key));
        all.add(List.of("TYPE", key));
        all.add(List.of("HGETALL", key));
        all.add(List.of("SMEMBERS", key));
        all.add(List.of("LRANGE", key, "0", "-1"));
        all.add(List.of("ZRANGE", key, "0", "-1", "WITHSCORES"));
        all.add(List.of("XRANGE", key, "-", "+"));
      }
      all.add(List.of("DBSIZE"));
    }
    exchange(all);
  }

  /**
   * Sends requests, and compares the replies: all of them before it reads, but for DBSIZE, which
   * may count what has expired until Varve removes it, a moment later.
   */
  private void exchange(List<List<String>> list) throws IOException {
    int from = 0;
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).getFirst().equalsIgnoreCase("dbsize")) {
        exchangeAtOnce(list.subList(from, i));
        exchangeCount(List.of(WALK, list.get(i)));
        from = i + 1;
      }
    }
    exchangeAtOnce(list.subList(from, list.size()));
  }

  private void exchangeCount(List<List<String>> list) throws IOException {
    long end = System.nanoTime() + PATIENCE_NANOS;
    int shorts = 0;
    boolean same = false;
    while (!same) {
      try {
        exchangeAtOnce(list);
        same = true;
      } catch (AssertionError differs) {
        shorts += isVarveShort() ? 1 : 0;
        if (System.nanoTime() > end || shorts > MOST_SHORT) {
          throw differs;
        }
      }
    }
  }

  /** Whether the last number that Varve answered with is less than that of Redis. */
  private boolean isVarveShort() {
    Pattern number = Pattern.compile("(?s).*:(\\d+)\r\n\\$.*");
    Matcher theirs = number.matcher(expected.bytes());
    Matcher ours = number.matcher(actual.bytes());
    return theirs.matches()
        && ours.matches()
        && Long.parseLong(ours.group(1)) < Long.parseLong(theirs.group(1));
  }

  private void exchangeAtOnce(List<List<String>> list) throws IOException {
    List<String> names =
        list.stream().map(each -> each.getFirst().toUpperCase(Locale.ROOT)).toList();
    int quit = names.indexOf("QUIT");
    if (quit >= 0) {
      exchangeToTheEnd(list.subList(0, quit + 1));
      return;
    }
    bursts++;
    String last = "end " + bursts;
    send(frames(list) + frame(List.of("ECHO", last)));
    expected = toRedis.receiveUntil(bulk(last));
    actual = toVarve.receiveUntil(bulk(last));
    compared += list.size();
    if (!expected.equals(actual)) {
      compareEach(list, expected, actual);
    }
    if (expected.closed()) {
      disconnect();
      connect();
    }
  }

  /**
   * With nothing after a QUIT: what a server leaves unread when it closes a connection resets it,
   * and takes replies from the client that this has not read yet.
   */
  private void exchangeToTheEnd(List<List<String>> list) throws IOException {
    bursts++;
    send(frames(list));
    expected = toRedis.receiveAll();
    actual = toVarve.receiveAll();
    compared += list.size();
    if (!expected.equals(actual)) {
      compareEach(list, expected, actual);
    }
    disconnect();
    connect();
  }

  private static String frames(List<List<String>> list) {
    return list.stream().map(PeerRounds::frame).collect(Collectors.joining());
  }

  private void compareEach(List<List<String>> list, Received expected, Received actual) {
    List<String> theirs = Replies.split(expected.bytes());
    List<String> ours = Replies.split(actual.bytes());
    for (int i = 0; i < Math.min(Math.min(theirs.size(), ours.size()), list.size()); i++) {
      List<String> request = list.get(i);
      if (!theirs.get(i).equals(ours.get(i))
          && !Differences.allow(request, theirs.get(i), ours.get(i))) {
        fail(
            "request "
                + printable(request.toString())
                + "\n redis: "
                + printable(theirs.get(i))
                + "\n varve: "
                + printable(ours.get(i)));
      }
    }
    assertEquals(theirs.size(), ours.size(), "number of replies to " + printable(list.toString()));
    assertEquals(expected.closed(), actual.closed(), "closed");
  }

  /** Sends bytes and nothing after them, and receives all that comes until the end. */
  private Received[] toTheEnd(String bytes) throws IOException {
    bursts++;
    send(bytes);
    toRedis.endOutput();
    toVarve.endOutput();
    Received[] both = {toRedis.receiveAll(), toVarve.receiveAll()};
    disconnect();
    connect();
    return both;
  }

  private void compareWhole(Received expected, Received actual) {
    if (!expected.equals(actual)) {
      fail(
          "\n redis: "
              + printable(expected.toString())
              + "\n varve: "
              + printable(actual.toString()));
    }
  }

  private void send(String bytes) throws IOException {
    sent = bytes;
    toRedis.send(bytes, random);
    toVarve.send(bytes, random);
  }

  private static String frame(List<String> request) {
    return new String(RawClient.frame(request.toArray(String[]::new)), StandardCharsets.ISO_8859_1);
  }

  private static String bulk(String text) {
    return "$" + text.length() + "\r\n" + text + "\r\n";
  }

  private static String printable(String bytes) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < Math.min(bytes.length(), MOST_PRINTED); i++) {
      char c = bytes.charAt(i);
      if (c >= ' ' && c <= '~') {
        text.append(c);
      } else {
        text.append(String.format(Locale.ROOT, "\\x%02x", (int) c));
      }
    }
    return text.toString();
  }
}
