package dev.varve.server.simulation;

import static dev.varve.server.simulation.KnownStream.NEVER;

import dev.varve.server.simulation.KnownStream.EntryId;
import dev.varve.server.simulation.KnownStream.KnownEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Clients that add entries to streams, delete and trim some, and consumers of a group that read,
 * acknowledge and claim them; one client follows a stream without a group. No entry is given twice
 * as a new one, none is passed over, what is acknowledged stays so, and nobody waits at what there
 * is.
 */
final class StreamWorkload extends Workload {
  private static final int DATABASE = 7;
  private static final int PRODUCERS = 2;
  private static final int CONSUMERS = 4;
  private static final String[] KEYS = {"x0", "x1"};
  private static final String GROUP = "g";

  /** What a stream holds, and its group. */
  private record Found(
      TreeMap<EntryId, String> things,
      Map<EntryId, String> pending,
      EntryId delivered,
      boolean grouped) {}

  private final Map<String, KnownStream> streams = new TreeMap<>();
  private int next;

  /** Counts what was sent, so that it is known what was told before. */
  private long moment;

  private boolean grouped;
  private final List<SimulatedClient> producers = new ArrayList<>();
  private final List<SimulatedClient> consumers = new ArrayList<>();
  private SimulatedClient follower;
  private EntryId followed;

  StreamWorkload(ServerSimulation world) {
    super(world);
    for (String key : KEYS) {
      streams.put(key, new KnownStream());
    }
  }

  // What survives

  private static Found find(Survivor survivor, String key) {
    TreeMap<EntryId, String> things = new TreeMap<>();
    take(survivor.ask(DATABASE, "XRANGE", key, "-", "+"), things);
    Map<EntryId, String> pending = new TreeMap<>();
    Object groups = survivor.ask(DATABASE, "XINFO", "GROUPS", key);
    if (!(groups instanceof List<?> list) || list.isEmpty()) {
      return new Found(things, pending, EntryId.NONE, false);
    }
    List<?> group = (List<?>) list.getFirst();
    EntryId delivered = EntryId.of(group.get(group.indexOf("last-delivered-id") + 1));
    Object all = survivor.ask(DATABASE, "XPENDING", key, GROUP, "-", "+", "100000");
    for (Object one : (List<?>) all) {
      List<?> parts = (List<?>) one;
      pending.put(EntryId.of(parts.get(0)), (String) parts.get(1));
    }
    return new Found(things, pending, delivered, true);
  }

  /** Takes entries with their things; those that are told to be deleted are left out. */
  private static void take(Object entries, SortedMap<EntryId, String> into) {
    if (entries.equals(Resp.NIL)) {
      return;
    }
    for (Object one : (List<?>) entries) {
      List<?> parts = (List<?>) one;
      EntryId id = EntryId.of(parts.get(0));
      demand(into.isEmpty() || into.lastKey().compareTo(id) < 0, id + " is out of order");
      if (parts.get(1) instanceof List<?> fields) {
        into.put(id, (String) fields.get(1));
      }
    }
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    for (String key : KEYS) {
      KnownStream stream = streams.get(key);
      Found found = find(survivor, key);
      demand(!promised || found.grouped || !grouped, "the group of " + key + " is gone");
      found.things.forEach(
          (id, thing) -> {
            KnownEntry entry = known(stream, thing);
            demand(entry.id == null || entry.id.equals(id), thing + " has another id, " + id);
            demand(
                id.compareTo(found.delivered) > 0
                    || found.pending.containsKey(id)
                    || entry.acknowledgementSent,
                key + " " + id + " was passed over");
            demand(!promised || !stream.isGone(entry), id + " was removed, and is there");
          });
      for (EntryId id : found.pending.keySet()) {
        demand(id.compareTo(found.delivered) <= 0, id + " is pending, and wasn't delivered");
      }
      if (promised) {
        stream.entries.values().forEach(entry -> hold(stream, entry, found));
      }
    }
  }

  /** What was told of an entry is still so. */
  private static void hold(KnownStream stream, KnownEntry entry, Found found) {
    if (entry.id == null) {
      return;
    }
    boolean mayBeGone = stream.mayBeGone(entry);
    demand(mayBeGone || found.things.containsKey(entry.id), entry.id + " was added, and is gone");
    if (entry.delivered != NEVER) {
      demand(entry.id.compareTo(found.delivered) <= 0, entry.id + " would be given once more");
      demand(
          mayBeGone || entry.acknowledgementSent || found.pending.containsKey(entry.id),
          entry.id + " was given, and isn't pending");
    }
    demand(
        entry.acknowledged == NEVER || !found.pending.containsKey(entry.id),
        entry.id + " was acknowledged, and is pending");
  }

  private static KnownEntry known(KnownStream stream, String thing) {
    KnownEntry entry = stream.entries.get(thing);
    demand(entry != null, thing + " is there, and nobody has put it, or it was gone");
    return entry;
  }

  // Lives

  @Override
  void begin(Survivor survivor) {
    for (String key : KEYS) {
      KnownStream stream = new KnownStream();
      Found found = find(survivor, key);
      found.things.forEach(
          (id, thing) -> {
            KnownEntry entry = new KnownEntry();
            stream.learn(entry, id);
            if (id.compareTo(found.delivered) <= 0) {
              entry.given = true;
              entry.delivered = moment;
              entry.acknowledgementSent = !found.pending.containsKey(id);
              entry.acknowledged = entry.acknowledgementSent ? moment : NEVER;
            }
            stream.entries.put(thing, entry);
          });
      streams.put(key, stream);
    }
    grouped = false;
    producers.clear();
    consumers.clear();
    for (int i = 0; i < PRODUCERS; i++) {
      producers.add(connect(DATABASE));
    }
    for (int i = 0; i < CONSUMERS; i++) {
      consumers.add(connect(DATABASE));
    }
    follower = connect(DATABASE);
    followed = EntryId.NONE;
    for (String key : KEYS) {
      producers.getFirst().send(this::isGrouped, "XGROUP", "CREATE", key, GROUP, "0", "MKSTREAM");
    }
  }

  private void isGrouped(Object reply) {
    boolean was = reply instanceof Resp.Failure(String line) && line.startsWith("BUSYGROUP");
    demand(was || reply.equals("OK"), "no group");
    // The second one is answered last.
    grouped = producers.getFirst().isIdle();
  }

  @Override
  void act() {
    if (!grouped) {
      return;
    }
    int what = random.nextInt(10);
    if (what < 4) {
      SimulatedClient producer = producers.get(random.nextInt(PRODUCERS));
      if (producer.unanswered() < 5) {
        produce(producer);
      }
    } else if (what == 4) {
      if (follower.isIdle()) {
        follow();
      }
    } else {
      int which = random.nextInt(CONSUMERS);
      SimulatedClient consumer = consumers.get(which);
      if (consumer.isIdle()) {
        consume(consumer, "c" + which);
      } else if (random.nextInt(40) == 0) {
        consumer.close();
        consumers.set(which, connect(DATABASE));
      }
    }
  }

  // What clients do

  private String key() {
    return KEYS[random.nextInt(KEYS.length)];
  }

  private void produce(SimulatedClient producer) {
    String key = key();
    KnownStream stream = streams.get(key);
    int what = random.nextInt(12);
    EntryId one = what < 8 ? null : someId(stream);
    if (one == null) {
      add(producer, key, stream);
    } else if (what == 8) {
      trim(producer, key, stream, one);
    } else if (what < 11) {
      delete(producer, key, stream, one);
    } else {
      look(producer, key, stream);
    }
  }

  private EntryId someId(KnownStream stream) {
    List<EntryId> ids = new ArrayList<>();
    for (KnownEntry entry : stream.entries.values()) {
      if (entry.id != null && !stream.mayBeGone(entry)) {
        ids.add(entry.id);
      }
    }
    ids.sort(null);
    return ids.isEmpty() ? null : ids.get(random.nextInt(ids.size()));
  }

  private void add(SimulatedClient producer, String key, KnownStream stream) {
    String thing = "t" + ++next + (random.nextInt(6) == 0 ? "x".repeat(200) : "");
    KnownEntry entry = new KnownEntry();
    stream.entries.put(thing, entry);
    EntryId before = stream.last;
    producer.send(
        reply -> {
          EntryId id = EntryId.of(reply);
          demand(id.compareTo(before) > 0, "it isn't after " + before);
          stream.learn(entry, id);
        },
        "XADD",
        key,
        "*",
        "n",
        thing);
  }

  private static void trim(
      SimulatedClient producer, String key, KnownStream stream, EntryId least) {
    stream.trimSent = later(stream.trimSent, least);
    producer.send(
        reply -> {
          demand(reply instanceof Long, "not a number");
          stream.trimmed = later(stream.trimmed, least);
        },
        "XTRIM",
        key,
        "MINID",
        "=",
        least.toString());
  }

  private static EntryId later(EntryId one, EntryId other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private static void delete(SimulatedClient producer, String key, KnownStream stream, EntryId id) {
    KnownEntry entry = stream.at(id);
    entry.removalSent = true;
    producer.send(
        reply -> {
          demand(
              reply.equals(1L) || (reply.equals(0L) && id.compareTo(stream.trimSent) < 0),
              "not deleted, and nobody else has");
          entry.removed = true;
        },
        "XDEL",
        key,
        id.toString());
  }

  private void look(SimulatedClient client, String key, KnownStream stream) {
    List<KnownEntry> there =
        stream.entries.values().stream().filter(each -> each.id != null).toList();
    List<KnownEntry> gone = stream.entries.values().stream().filter(stream::isGone).toList();
    client.send(
        reply -> {
          TreeMap<EntryId, String> things = new TreeMap<>();
          take(reply, things);
          for (KnownEntry entry : there) {
            demand(
                stream.mayBeGone(entry) || things.containsKey(entry.id), entry.id + " is missing");
          }
          for (KnownEntry entry : gone) {
            demand(
                entry.id == null || !things.containsKey(entry.id),
                entry.id + " was removed, and is there");
          }
          things.forEach((id, thing) -> stream.learn(known(stream, thing), id));
        },
        "XRANGE",
        key,
        "-",
        "+");
  }

  /** Reads what comes after what it has read of a stream. */
  private void follow() {
    EntryId from = followed;
    KnownStream stream = streams.get(KEYS[0]);
    follower.send(
        reply -> {
          if (reply.equals(Resp.NIL)) {
            return;
          }
          TreeMap<EntryId, String> things = new TreeMap<>();
          take(((List<?>) ((List<?>) reply).getFirst()).get(1), things);
          things.forEach((id, thing) -> stream.learn(known(stream, thing), id));
          for (KnownEntry entry : stream.entries.values()) {
            demand(
                entry.id == null
                    || entry.id.compareTo(from) <= 0
                    || entry.id.compareTo(things.lastKey()) > 0
                    || stream.mayBeGone(entry)
                    || things.containsKey(entry.id),
                entry.id + " was left out");
          }
          followed = things.lastKey();
        },
        "XREAD",
        "COUNT",
        "" + (1 + random.nextInt(9)),
        "BLOCK",
        patience(),
        "STREAMS",
        KEYS[0],
        from.toString());
  }

  /** Returns how long to wait, in milliseconds; 0: until there is something. */
  private String patience() {
    return random.nextInt(3) == 0 ? "0" : "" + (1 + random.nextInt(900));
  }

  private void consume(SimulatedClient consumer, String name) {
    switch (random.nextInt(6)) {
      case 0 -> acknowledge(consumer);
      case 1 -> claim(consumer, name);
      case 2 -> again(consumer, name);
      default -> read(consumer, name);
    }
  }

  private void read(SimulatedClient consumer, String name) {
    long asked = ++moment;
    List<String> words =
        new ArrayList<>(
            List.of("XREADGROUP", "GROUP", GROUP, name, "COUNT", "" + (1 + random.nextInt(4))));
    if (random.nextInt(3) > 0) {
      words.addAll(List.of("BLOCK", patience()));
    }
    words.add("STREAMS");
    if (random.nextBoolean()) {
      words.addAll(List.of(KEYS[0], KEYS[1], ">", ">"));
    } else {
      words.addAll(List.of(key(), ">"));
    }
    consumer.send(reply -> given(reply, asked), words.toArray(String[]::new));
  }

  private void given(Object reply, long asked) {
    if (reply.equals(Resp.NIL)) {
      return;
    }
    for (Object one : (List<?>) reply) {
      List<?> parts = (List<?>) one;
      KnownStream stream = streams.get((String) parts.get(0));
      TreeMap<EntryId, String> things = new TreeMap<>();
      take(parts.get(1), things);
      things.forEach(
          (id, thing) -> {
            KnownEntry entry = known(stream, thing);
            stream.learn(entry, id);
            demand(!entry.given, id + " was given before");
            demand(entry.delivered >= asked, id + " was known to be delivered before");
            entry.given = true;
            entry.delivered = Math.min(entry.delivered, moment);
          });
    }
  }

  private void acknowledge(SimulatedClient consumer) {
    String key = key();
    List<KnownEntry> open = new ArrayList<>();
    for (KnownEntry entry : streams.get(key).entries.values()) {
      if (entry.delivered != NEVER && !entry.acknowledgementSent && random.nextInt(3) == 0) {
        open.add(entry);
      }
    }
    if (open.isEmpty()) {
      return;
    }
    List<String> words = new ArrayList<>(List.of("XACK", key, GROUP));
    for (KnownEntry entry : open) {
      entry.acknowledgementSent = true;
      words.add(entry.id.toString());
    }
    KnownStream stream = streams.get(key);
    consumer.send(
        reply -> {
          long may = open.size();
          long must = open.stream().filter(entry -> !stream.mayBeGone(entry)).count();
          demand(reply instanceof Long n && n <= may && n >= must, "not " + may + " or " + must);
          open.forEach(entry -> entry.acknowledged = moment);
        },
        words.toArray(String[]::new));
  }

  private void claim(SimulatedClient consumer, String name) {
    long asked = ++moment;
    String key = key();
    KnownStream stream = streams.get(key);
    consumer.send(
        reply -> isPending(stream, ((List<?>) reply).get(1), asked),
        "XAUTOCLAIM",
        key,
        GROUP,
        name,
        "0",
        "0",
        "COUNT",
        "" + (1 + random.nextInt(6)));
  }

  /** A consumer reads what it was given and hasn't acknowledged. */
  private void again(SimulatedClient consumer, String name) {
    long asked = ++moment;
    String key = key();
    consumer.send(
        reply ->
            isPending(streams.get(key), ((List<?>) ((List<?>) reply).getFirst()).get(1), asked),
        "XREADGROUP",
        "GROUP",
        GROUP,
        name,
        "STREAMS",
        key,
        "0");
  }

  private void isPending(KnownStream stream, Object entries, long asked) {
    TreeMap<EntryId, String> things = new TreeMap<>();
    take(entries, things);
    things.forEach(
        (id, thing) -> {
          KnownEntry entry = known(stream, thing);
          stream.learn(entry, id);
          demand(entry.acknowledged >= asked, id + " was acknowledged before");
          entry.delivered = Math.min(entry.delivered, moment);
        });
  }

  @Override
  void quiet() {
    for (String key : KEYS) {
      Object groups = world.askServer(DATABASE, "XINFO", "GROUPS", key);
      List<?> group = (List<?>) ((List<?>) groups).getFirst();
      EntryId delivered = EntryId.of(group.get(group.indexOf("last-delivered-id") + 1));
      TreeMap<EntryId, String> things = new TreeMap<>();
      take(world.askServer(DATABASE, "XRANGE", key, "-", "+"), things);
      EntryId newest = things.isEmpty() ? EntryId.NONE : things.lastKey();
      for (SimulatedClient consumer : consumers) {
        demand(
            newest.compareTo(delivered) <= 0 || !waitsAt(consumer, key),
            "somebody waits at " + key + ", and " + newest + " is new");
      }
      demand(
          newest.compareTo(followed) <= 0 || !waitsAt(follower, key),
          "somebody follows " + key + ", and " + newest + " is new");
    }
  }

  private static boolean waitsAt(SimulatedClient client, String key) {
    return !client.isIdle() && List.of(client.first()).contains(key);
  }
}
