package dev.varve.integration.kill;

import static dev.varve.integration.kill.Command.Unanswered.NO_REPLY;
import static dev.varve.integration.kill.Command.expect;
import static dev.varve.integration.kill.Model.CLOCK_SLACK;

import dev.varve.integration.RawClient;
import dev.varve.integration.kill.Model.Entry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Makes up commands over the keys of one writer: stamped values, values that are appended to,
 * counters, and keys that expire, each kind under names of its own.
 */
public final class Commands {

  /** How many keys of each kind a writer has. */
  private static final int VALUES = 80;

  private static final int APPENDED = 15;
  private static final int COUNTERS = 15;
  private static final int EXPIRING = 40;

  private static final int LONGEST_APPENDED = 8 << 10;

  /** Commands of a transaction. */
  private static final int MOST_PARTS = 10;

  private final SplittableRandom random;
  private final String prefix;
  private final boolean ownsDatabase;
  private final Set<String> names;
  private long version;

  /**
   * For one writer.
   *
   * @param prefix of its keys
   * @param ownsDatabase whether it may clear its database
   */
  public Commands(SplittableRandom random, String prefix, boolean ownsDatabase) {
    this.random = random;
    this.prefix = prefix;
    this.ownsDatabase = ownsDatabase;
    names = new LinkedHashSet<>();
    add("v", VALUES);
    add("a", APPENDED);
    add("c", COUNTERS);
    add("e", EXPIRING);
  }

  private void add(String kind, int count) {
    for (int i = 0; i < count; i++) {
      names.add(prefix + kind + i);
    }
  }

  /** All keys that this writer may ever have. */
  public Set<String> names() {
    return names;
  }

  /** A key with a stamped value. */
  public static String valueKey(String prefix, SplittableRandom random) {
    return prefix + "v" + random.nextInt(VALUES);
  }

  private String key(String kind, int count) {
    return prefix + kind + random.nextInt(count);
  }

  /**
   * The next command, or transaction of several; the model is that of all commands that have been
   * answered.
   */
  public Command next(Model model) {
    if (random.nextInt(12) > 0) {
      return one(model);
    }
    List<Command> parts = new ArrayList<>();
    for (int i = random.nextInt(1, MOST_PARTS); i > 0; i--) {
      parts.add(one(model));
    }
    return Command.transaction(parts);
  }

  private Command one(Model model) {
    int dice = random.nextInt(1_000);
    if (dice < 2 && ownsDatabase) {
      return flushDatabase();
    }
    if (dice < 380) {
      return set(valueKey(prefix, random));
    }
    if (dice < 460) {
      return get(valueKey(prefix, random));
    }
    if (dice < 560) {
      return delete();
    }
    if (dice < 620) {
      return setMany();
    }
    if (dice < 660) {
      return exchange(valueKey(prefix, random));
    }
    if (dice < 740) {
      return append(key("a", APPENDED), model);
    }
    if (dice < 860) {
      return increment(key("c", COUNTERS));
    }
    return switch (random.nextInt(4)) {
      case 0 -> setUntil(key("e", EXPIRING));
      case 1 -> expire(key("e", EXPIRING));
      case 2 -> set(key("e", EXPIRING));
      default -> deleteExpiring(key("e", EXPIRING));
    };
  }

  private static Command command(Command.Effect effect, Object... words) {
    byte[][] arguments = new byte[words.length][];
    for (int i = 0; i < words.length; i++) {
      arguments[i] =
          words[i] instanceof byte[] bytes ? bytes : RawClient.ascii(String.valueOf(words[i]));
    }
    return new Command(arguments, effect);
  }

  private int length() {
    int dice = random.nextInt(1_000);
    if (dice < 800) {
      return random.nextInt(400);
    }
    if (dice < 960) {
      return random.nextInt(400, 4_000);
    }
    return dice < 998 ? random.nextInt(4_000, 32_000) : random.nextInt(100_000, 300_000);
  }

  private Command set(String key) {
    long stamp = ++version;
    byte[] value = StampedValue.of(key, stamp, length());
    return command(
        (model, moment, reply) -> {
          expect("OK", reply);
          model.wrote(stamp);
          model.put(key, Entry.forever(value));
        },
        "SET",
        key,
        value);
  }

  private Command get(String key) {
    return command(
        (model, moment, reply) -> {
          Entry entry = model.get(key);
          expect(entry == null ? null : entry.bytes(), reply);
        },
        "GET",
        key);
  }

  private Command delete() {
    String one = valueKey(prefix, random);
    String other = valueKey(prefix, random);
    return command(
        (model, moment, reply) -> {
          long there = model.get(one) == null ? 0 : 1;
          there += model.get(other) == null || other.equals(one) ? 0 : 1;
          expect(there, reply);
          model.remove(one);
          model.remove(other);
        },
        random.nextBoolean() ? "DEL" : "UNLINK",
        one,
        other);
  }

  private Command setMany() {
    int count = random.nextInt(2, 8);
    long last = version += count;
    Object[] words = new Object[1 + 2 * count];
    words[0] = "MSET";
    for (int i = 0; i < count; i++) {
      String key = valueKey(prefix, random);
      words[1 + 2 * i] = key;
      words[2 + 2 * i] = StampedValue.of(key, last - count + 1 + i, random.nextInt(1_000));
    }
    return command(
        (model, moment, reply) -> {
          expect("OK", reply);
          model.wrote(last);
          for (int i = 0; i < count; i++) {
            model.put((String) words[1 + 2 * i], Entry.forever((byte[]) words[2 + 2 * i]));
          }
        },
        words);
  }

  private Command exchange(String key) {
    long stamp = ++version;
    byte[] value = StampedValue.of(key, stamp, length());
    return command(
        (model, moment, reply) -> {
          Entry before = model.get(key);
          expect(before == null ? null : before.bytes(), reply);
          model.wrote(stamp);
          model.put(key, Entry.forever(value));
        },
        "SET",
        key,
        value,
        "GET");
  }

  private Command append(String key, Model answered) {
    Entry now = answered.get(key);
    if (now != null && now.bytes().length > LONGEST_APPENDED) {
      return deleteOne(key);
    }
    byte[] piece = StampedValue.of(key, ++version, random.nextInt(300));
    return command(
        (model, moment, reply) -> {
          Entry before = model.get(key);
          byte[] head = before == null ? new byte[0] : before.bytes();
          byte[] all = Arrays.copyOf(head, head.length + piece.length);
          System.arraycopy(piece, 0, all, head.length, piece.length);
          expect((long) all.length, reply);
          model.put(key, Entry.forever(all));
        },
        "APPEND",
        key,
        piece);
  }

  private static Command deleteOne(String key) {
    return command(
        (model, moment, reply) -> {
          expect(model.get(key) == null ? 0L : 1L, reply);
          model.remove(key);
        },
        "DEL",
        key);
  }

  private Command increment(String key) {
    long by = random.nextInt(1, 100);
    return command(
        (model, moment, reply) -> {
          Entry before = model.get(key);
          long count = by;
          if (before != null) {
            count += Long.parseLong(new String(before.bytes(), StandardCharsets.US_ASCII));
          }
          expect(count, reply);
          model.put(key, Entry.forever(RawClient.ascii(Long.toString(count))));
        },
        "INCRBY",
        key,
        by);
  }

  private static Command flushDatabase() {
    return command(
        (model, moment, reply) -> {
          expect("OK", reply);
          model.clear();
        },
        "FLUSHDB");
  }

  private Command setUntil(String key) {
    long stamp = ++version;
    byte[] value = StampedValue.of(key, stamp, random.nextInt(1_000));
    // Some pass while the server is down, some long before, some never come.
    long deadline =
        System.currentTimeMillis()
            + switch (random.nextInt(3)) {
              case 0 -> random.nextInt(1, 300);
              case 1 -> random.nextInt(300, 3_000);
              default -> random.nextInt(10_000, 1_000_000);
            };
    return command(
        (model, moment, reply) -> {
          expect("OK", reply);
          model.wrote(stamp);
          model.put(key, Entry.until(value, deadline, deadline));
        },
        "SET",
        key,
        value,
        "PXAT",
        deadline);
  }

  private Command expire(String key) {
    long seconds = random.nextInt(1, 4);
    return command(
        (model, moment, reply) -> {
          Entry before = model.get(key);
          if (before == null || before.isGone(moment)) {
            expect(0L, reply);
            model.remove(key);
            return;
          }
          if (!before.mayBeGone(moment)) {
            expect(1L, reply);
          }
          if (reply.equals(0L)) {
            model.remove(key);
            return;
          }
          long earliest = moment.begin() - CLOCK_SLACK + seconds * 1_000;
          long latest = moment.end() + CLOCK_SLACK + seconds * 1_000;
          long goneFrom = earliest - CLOCK_SLACK;
          if (reply == NO_REPLY) {
            goneFrom = Math.min(goneFrom, before.mayBeGoneFrom());
          }
          model.put(key, new Entry(before.bytes(), goneFrom, earliest, latest));
        },
        "EXPIRE",
        key,
        seconds);
  }

  private static Command deleteExpiring(String key) {
    return command(
        (model, moment, reply) -> {
          Entry before = model.get(key);
          if (before == null || before.isGone(moment)) {
            expect(0L, reply);
          } else if (!before.mayBeGone(moment)) {
            expect(1L, reply);
          }
          model.remove(key);
        },
        "DEL",
        key);
  }
}
