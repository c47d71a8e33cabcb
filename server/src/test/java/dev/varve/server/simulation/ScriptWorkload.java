package dev.varve.server.simulation;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Scripts that move an amount from one account to another, number what they do, note it under that
 * number and put the number into a queue. Whatever is seen or survives, the accounts are what the
 * notes up to the last number make of them: a script took place as a whole, in its turn, or not at
 * all, whether what it reads is in memory or not.
 */
final class ScriptWorkload extends Workload {
  private static final int DATABASE = 8;
  private static final int MOVERS = 3;
  private static final int ACCOUNTS = 16;
  private static final int SHOWN = 5;
  private static final int MOST_UNANSWERED = 4;

  /** Moves ARGV[1]; the accounts have something behind their amounts, so that they take room. */
  private static final String MOVE =
      """
      local function amount(key)
        return tonumber(string.match(redis.call('GET', key) or '0', '^-?%d+'))
      end
      local n = redis.call('INCR', 'n')
      local padding = ' ' .. string.rep('x', 60)
      local from = amount(KEYS[1]) - ARGV[1]
      redis.call('SET', KEYS[1], string.format('%d', from) .. padding)
      local to = amount(KEYS[2]) + ARGV[1]
      redis.call('SET', KEYS[2], string.format('%d', to) .. padding)
      redis.call('HSET', 'note' .. n, 'from', KEYS[1], 'to', KEYS[2], 'amount', ARGV[1])
      redis.call('RPUSH', 'queue', n)
      return n""";

  /** Returns the number, and accounts. */
  private static final String SHOW =
      """
      local all = {redis.call('GET', 'n') or '0'}
      for _, key in ipairs(KEYS) do
        all[#all + 1] = redis.call('GET', key) or '0'
      end
      return all""";

  /** What a script was told to do. */
  private record Move(String from, String to, long amount) {}

  /** What is known to have been done, by its number. */
  private final Map<Long, Move> moves = new HashMap<>();

  /** The last number that was told of, or seen. */
  private long least;

  /** What there may be at most. */
  private long most;

  /** The last number that was taken from the queue. */
  private long taken;

  private final List<SimulatedClient> movers = new ArrayList<>();
  private SimulatedClient reader;
  private SimulatedClient consumer;

  ScriptWorkload(ServerSimulation world) {
    super(world);
  }

  private static long amount(Object value) {
    return value.equals(Resp.NIL) ? 0 : Long.parseLong(((String) value).split(" ", 2)[0]);
  }

  private static Map<Long, Move> notes(Survivor survivor, long number) {
    Map<Long, Move> notes = new HashMap<>();
    for (long i = 1; i <= number; i++) {
      notes.put(i, note(survivor, i));
    }
    demand(note(survivor, number + 1) == null, "there is a note after number " + number);
    return notes;
  }

  private static Move note(Survivor survivor, long number) {
    Object reply = survivor.ask(DATABASE, "HMGET", "note" + number, "from", "to", "amount");
    List<String> fields = strings(reply);
    return fields.isEmpty()
        ? null
        : new Move(fields.get(0), fields.get(1), Long.parseLong(fields.get(2)));
  }

  /** Returns what an account has after the first {@code number} moves. */
  private static long after(Map<Long, Move> moves, long number, String account) {
    long amount = 0;
    for (long i = 1; i <= number; i++) {
      Move move = moves.get(i);
      amount -= move.from.equals(account) ? move.amount : 0;
      amount += move.to.equals(account) ? move.amount : 0;
    }
    return amount;
  }

  @Override
  void check(Survivor survivor, boolean promised) {
    long number = amount(survivor.ask(DATABASE, "GET", "n"));
    demand(number <= most, number + " moves are left, and " + most + " were sent");
    demand(number >= least || !promised, number + " moves are left, not " + least);
    Map<Long, Move> notes = notes(survivor, number);
    notes.forEach(
        (each, note) -> {
          demand(note != null, "move " + each + " of " + number + " left no note");
          demand(
              !moves.containsKey(each) || moves.get(each).equals(note) || !promised,
              "move " + each + " is another");
        });
    for (int i = 0; i < ACCOUNTS; i++) {
      String account = "a" + i;
      long found = amount(survivor.ask(DATABASE, "GET", account));
      long expected = after(notes, number, account);
      demand(found == expected, account + " has " + found + ", not " + expected);
    }
    List<String> queue = strings(survivor.ask(DATABASE, "LRANGE", "queue", "0", "-1"));
    long first = number - queue.size() + 1;
    for (int i = 0; i < queue.size(); i++) {
      demand(queue.get(i).equals("" + (first + i)), "the queue is " + queue);
    }
    demand(!promised || queue.isEmpty() || first > taken, first + " was taken, and is there");
  }

  @Override
  void begin(Survivor survivor) {
    long number = amount(survivor.ask(DATABASE, "GET", "n"));
    moves.clear();
    moves.putAll(notes(survivor, number));
    least = number;
    most = number;
    taken = number - strings(survivor.ask(DATABASE, "LRANGE", "queue", "0", "-1")).size();
    movers.clear();
    for (int i = 0; i < MOVERS; i++) {
      movers.add(connect(DATABASE));
    }
    reader = connect(DATABASE);
    consumer = connect(DATABASE);
  }

  @Override
  void act() {
    switch (random.nextInt(6)) {
      case 0 -> {
        if (reader.isIdle()) {
          show();
        }
      }
      case 1 -> {
        if (consumer.isIdle()) {
          take();
        }
      }
      default -> {
        SimulatedClient mover = movers.get(random.nextInt(MOVERS));
        if (mover.unanswered() < MOST_UNANSWERED) {
          move(mover);
        }
      }
    }
  }

  private static String account(int number) {
    return "a" + number;
  }

  private void move(SimulatedClient mover) {
    Move move =
        new Move(
            account(random.nextInt(ACCOUNTS)),
            account(random.nextInt(ACCOUNTS)),
            random.nextInt(1000));
    long before = least;
    most++;
    boolean queued = random.nextInt(5) == 0;
    if (queued) {
      mover.send(Workload::isOk, "MULTI");
    }
    mover.send(
        reply -> {
          if (queued) {
            isQueued(reply);
          } else {
            moved(move, before, reply);
          }
        },
        "EVAL",
        MOVE,
        "2",
        move.from,
        move.to,
        "" + move.amount);
    if (queued) {
      mover.send(reply -> moved(move, before, ((List<?>) reply).getFirst()), "EXEC");
    }
  }

  private void moved(Move move, long before, Object reply) {
    demand(reply instanceof Long, "not a number");
    long number = (Long) reply;
    demand(number > before && number <= most, "not after " + before);
    demand(moves.put(number, move) == null, "there was a move with that number");
    least = Math.max(least, number);
  }

  private void show() {
    List<String> accounts = new ArrayList<>();
    for (int i = 0; i < SHOWN; i++) {
      accounts.add(account(random.nextInt(ACCOUNTS)));
    }
    List<String> words = new ArrayList<>();
    if (random.nextBoolean()) {
      words.addAll(List.of("MGET", "n"));
    } else {
      words.addAll(List.of("EVAL", SHOW, "" + SHOWN));
    }
    words.addAll(accounts);
    long before = least;
    reader.send(
        reply -> {
          List<?> all = (List<?>) reply;
          long number = amount(all.getFirst());
          demand(number >= before && number <= most, "not " + before + " or more");
          least = Math.max(least, number);
          hold(number, accounts, all);
        },
        words.toArray(String[]::new));
  }

  private void hold(long number, List<String> accounts, List<?> shown) {
    for (long i = 1; i <= number; i++) {
      if (!moves.containsKey(i)) {
        // Not told yet what it is.
        return;
      }
    }
    for (int i = 0; i < SHOWN; i++) {
      long expected = after(moves, number, accounts.get(i));
      demand(amount(shown.get(i + 1)) == expected, accounts.get(i) + " hasn't " + expected);
    }
  }

  private void take() {
    String seconds = random.nextInt(3) == 0 ? "0" : "0." + (1 + random.nextInt(9));
    consumer.send(
        reply -> {
          if (reply.equals(Resp.NIL)) {
            return;
          }
          long number = Long.parseLong((String) ((List<?>) reply).get(1));
          demand(number == taken + 1, "not the one after " + taken);
          taken = number;
          least = Math.max(least, number);
        },
        "BLPOP",
        "queue",
        seconds);
  }

  @Override
  void quiet() {
    demand(least == most, "of " + most + " moves " + least + " are told of");
    demand(moves.size() == most, "not all moves are told of");
    Object queue = world.askServer(DATABASE, "LRANGE", "queue", "0", "-1");
    demand(
        consumer.isIdle() || strings(queue).isEmpty(), "somebody waits at the queue, and there is");
  }
}
