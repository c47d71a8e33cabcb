package dev.varve.server.config;

import dev.varve.server.datatype.collection.CollectionLimits;
import dev.varve.server.dispatch.ServerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** The settings' values. Safe for use by many threads: what is published is never changed. */
public final class Configuration implements ServerConfig, SettingValues {
  /**
   * Another name for a command.
   *
   * @param where the directive stands, for errors
   * @param oldName of the command
   * @param newName by which alone it goes; empty: by none
   */
  public record Renaming(String where, String oldName, String newName) {}

  /**
   * A user.
   *
   * @param where the directive stands, for errors
   * @param name of the user
   * @param rules of the user, in words
   */
  public record UserLine(String where, String name, List<String> rules) {}

  /** Has a say in changes of some settings. */
  public interface Guard {
    /**
     * Prepares for values that are about to hold.
     *
     * @return runs as soon as they hold; it can't fail
     * @throws ConfigurationException if they can't hold; the message is told to the client
     */
    Runnable prepare(SettingValues next) throws ConfigurationException;
  }

  private record Guarded(Set<Setting<?>> settings, Guard guard) {}

  private final MemoryPlan memory;
  private final Path file;
  private final List<Renaming> renamings;
  private final List<UserLine> users;

  /** What was asked for at the start: memory, for one, may have been worked out from it. */
  private final Map<Setting<?>, Object> atStart;

  private final CollectionLimits collectionLimits = new CollectionLimits();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
  private final List<Guarded> guards = new CopyOnWriteArrayList<>();
  private volatile Map<Setting<?>, Object> values;

  /** Is told of each password that CONFIG SET sets, even if it is what it was. */
  private volatile Consumer<String> passwordListener = password -> {};

  /** Tells users as lines, for CONFIG REWRITE. */
  private volatile Supplier<List<String>> userLines = List::of;

  private volatile int mostClients = Integer.MAX_VALUE;

  /** Takes values that were given, in part by {@code file}, which is null if there is none. */
  Configuration(
      Map<Setting<?>, Object> given, Path file, List<Renaming> renamings, List<UserLine> users) {
    this.file = file;
    this.renamings = List.copyOf(renamings);
    this.users = List.copyOf(users);
    Map<Setting<?>, Object> all = new LinkedHashMap<>();
    for (Setting<?> setting : Settings.known()) {
      Object value = given.get(setting);
      all.put(setting, value == null ? setting.defaultValue() : value);
    }
    atStart = Map.copyOf(all);
    memory = MemoryPlan.ofSetting((Long) all.get(Settings.MAX_MEMORY));
    all.put(Settings.MAX_MEMORY, memory.total());
    publish(all);
  }

  /** Returns a setting's value. Looks into a map: not for every request. */
  @Override
  public <T> T get(Setting<T> setting) {
    return value(setting, values);
  }

  @SuppressWarnings("unchecked") // a value is put in only as its setting's type has parsed it
  private static <T> T value(Setting<T> setting, Map<Setting<?>, Object> values) {
    return (T) values.get(setting);
  }

  /** Returns the division of memory at the start. */
  public MemoryPlan memory() {
    return memory;
  }

  /** Returns what blocks of tables may take now, in bytes, see {@link MemoryPlan#blockCacheOf}. */
  public long blockCacheBytes() {
    return memory.blockCacheOf(get(Settings.MAX_MEMORY));
  }

  /** Lets {@code listener} run, on the thread of the change, whenever settings have changed. */
  public void onChange(Runnable listener) {
    listeners.add(listener);
  }

  /** Lets {@code listener} know each password that is set, on the thread that sets it. */
  public void onPassword(Consumer<String> listener) {
    passwordListener = listener;
  }

  /**
   * Has CONFIG REWRITE write users in the place of those of the file.
   *
   * @param lines tells them as directives, whose chars stand for bytes
   */
  public void rewriteUsers(Supplier<List<String>> lines) {
    userLines = lines;
  }

  /**
   * Asks {@code guard}, on the thread of the change, whenever one of these settings is set, also to
   * what it is.
   */
  public void guard(Set<Setting<?>> settings, Guard guard) {
    guards.add(new Guarded(settings, guard));
  }

  @Override
  public Map<String, String> get(Predicate<String> name) {
    Map<String, String> found = new LinkedHashMap<>();
    Map<Setting<?>, Object> now = values;
    for (Setting<?> setting : Settings.known()) {
      for (String its : Settings.names(setting)) {
        if (name.test(its)) {
          found.put(its, format(setting, now));
        }
      }
    }
    return found;
  }

  @Override
  public synchronized Refusal set(List<Map.Entry<String, String>> changes) {
    // A setting with two names may be set by both: the last counts.
    Map<String, String> texts = new LinkedHashMap<>();
    Map<Setting<?>, String> names = new LinkedHashMap<>();
    for (Map.Entry<String, String> change : changes) {
      Setting<?> setting = Settings.find(change.getKey());
      if (setting == null) {
        return new Refusal(change.getKey(), null);
      }
      if (!setting.mutable()) {
        return new Refusal(change.getKey(), "can't set immutable config");
      }
      String name = change.getKey().toLowerCase(Locale.ROOT);
      if (texts.put(name, change.getValue()) != null) {
        return new Refusal(change.getKey(), "duplicate parameter");
      }
      names.put(setting, name);
    }
    Map<Setting<?>, Object> changed = new HashMap<>(values);
    for (Map.Entry<String, String> text : texts.entrySet()) {
      Setting<?> setting = Settings.find(text.getKey());
      try {
        changed.put(setting, changed(setting, text.getValue()));
      } catch (IllegalArgumentException e) {
        return new Refusal(text.getKey(), e.getMessage());
      }
    }
    if (names.containsKey(Settings.MAX_MEMORY)) {
      try {
        long total = MemoryPlan.total((Long) changed.get(Settings.MAX_MEMORY));
        memory.blockCacheOf(total);
        changed.put(Settings.MAX_MEMORY, total);
      } catch (IllegalArgumentException e) {
        return new Refusal(Settings.MAX_MEMORY.name(), e.getMessage());
      }
    }
    if ((int) changed.get(Settings.MAX_CLIENTS) > mostClients) {
      return new Refusal(
          Settings.MAX_CLIENTS.name(),
          "The operating system is not able to handle the specified number of clients, try with "
              + mostClients);
    }
    List<Runnable> prepared = new ArrayList<>();
    for (Guarded guarded : guards) {
      Refusal refusal = prepare(guarded, names, changed, prepared);
      if (refusal != null) {
        return refusal;
      }
    }
    publish(changed);
    prepared.forEach(Runnable::run);
    if (names.containsKey(Settings.PASSWORD)) {
      passwordListener.accept(get(Settings.PASSWORD));
    }
    listeners.forEach(Runnable::run);
    return null;
  }

  private <T> T changed(Setting<T> setting, String text) {
    return setting.type().changed(get(setting), setting.type().parse(List.of(text)));
  }

  /** Asks a guard if it is concerned by what is set; why it refuses, or null. */
  private static Refusal prepare(
      Guarded guarded,
      Map<Setting<?>, String> names,
      Map<Setting<?>, Object> changed,
      List<Runnable> prepared) {
    for (Map.Entry<Setting<?>, String> set : names.entrySet()) {
      if (guarded.settings().contains(set.getKey())) {
        try {
          prepared.add(guarded.guard().prepare(of(changed)));
          return null;
        } catch (ConfigurationException e) {
          return new Refusal(set.getValue(), e.getMessage());
        }
      }
    }
    return null;
  }

  private static SettingValues of(Map<Setting<?>, Object> values) {
    return new SettingValues() {
      @Override
      public <T> T get(Setting<T> setting) {
        return value(setting, values);
      }
    };
  }

  /** Lowers {@code maxclients} to what the system allows, and refuses more from now on. */
  public synchronized void limitClients(int most) {
    mostClients = most;
    if (get(Settings.MAX_CLIENTS) > most) {
      Map<Setting<?>, Object> changed = new HashMap<>(values);
      changed.put(Settings.MAX_CLIENTS, most);
      publish(changed);
    }
  }

  @Override
  public synchronized boolean rewrite() throws IOException {
    if (file == null) {
      return false;
    }
    Map<Setting<?>, Object> wanted = new HashMap<>(atStart);
    for (Setting<?> setting : Settings.known()) {
      if (setting.mutable() && !isWorkedOut(setting)) {
        wanted.put(setting, values.get(setting));
      }
    }
    new ConfigurationFile(file).rewrite(wanted, userLines.get());
    return true;
  }

  /** Whether a setting is as it is for what the machine has, and not as anybody wants it. */
  private boolean isWorkedOut(Setting<?> setting) {
    if (setting.equals(Settings.MAX_MEMORY)) {
      return (long) atStart.get(setting) == 0 && get(Settings.MAX_MEMORY) == memory.total();
    }
    return setting.equals(Settings.MAX_CLIENTS)
        && get(Settings.MAX_CLIENTS) == mostClients
        && (int) atStart.get(setting) > mostClients;
  }

  /** Returns whether the server runs in the background: not if somebody watches over it. */
  public boolean runsInBackground() {
    return get(Settings.DAEMONIZE) && get(Settings.SUPERVISED) == Settings.Supervision.NO;
  }

  /** Returns the socket at which systemd wants to be told of the server; null if it needn't. */
  public String systemdSocket() {
    return switch (get(Settings.SUPERVISED)) {
      case NO, UPSTART -> null;
      case AUTO, SYSTEMD -> System.getenv("NOTIFY_SOCKET");
    };
  }

  /** Returns the other names of commands, in the order in which they were given. */
  public List<Renaming> renamings() {
    return renamings;
  }

  /** Returns the users, in the order in which they were given. */
  public List<UserLine> users() {
    return users;
  }

  /**
   * Returns what was asked for that means nothing here: settings of Redis, not at their defaults.
   */
  public List<Setting<?>> meaningless() {
    return Settings.foreign().stream()
        .filter(setting -> !atStart.get(setting).equals(setting.defaultValue()))
        .toList();
  }

  /** Returns the absolute path of the file that settings were read from; null if none was. */
  public Path file() {
    return file;
  }

  @Override
  public int databases() {
    return get(Settings.DATABASES);
  }

  @Override
  public int maxKeyBytes() {
    return get(Settings.MAX_KEY_BYTES).intValue();
  }

  @Override
  public long busyReplyMillis() {
    return get(Settings.BUSY_REPLY_THRESHOLD);
  }

  @Override
  public long scriptBytes() {
    return memory.scriptBytes();
  }

  @Override
  public long maxReplyBytes() {
    return Math.min(get(Settings.OUTPUT_LIMIT), memory.network() / 2);
  }

  @Override
  public int maxBulkBytes() {
    return get(Settings.MAX_BULK_LENGTH).intValue();
  }

  @Override
  public int maxValueBytes() {
    return Math.min(maxBulkBytes(), memory.maxValueBytes());
  }

  @Override
  public CollectionLimits collectionLimits() {
    return collectionLimits;
  }

  private void publish(Map<Setting<?>, Object> next) {
    values = Map.copyOf(next);
    collectionLimits.hash(
        get(Settings.HASH_LISTPACK_ENTRIES), get(Settings.HASH_LISTPACK_VALUE).intValue());
    collectionLimits.intSet(get(Settings.SET_INTSET_ENTRIES));
    collectionLimits.sortedSet(
        get(Settings.ZSET_LISTPACK_ENTRIES), get(Settings.ZSET_LISTPACK_VALUE).intValue());
    collectionLimits.sparseHyperLogLog(get(Settings.HLL_SPARSE_BYTES));
    collectionLimits.streamNode(get(Settings.STREAM_NODE_BYTES), get(Settings.STREAM_NODE_ENTRIES));
  }

  private static <T> String format(Setting<T> setting, Map<Setting<?>, Object> values) {
    return setting.type().format(value(setting, values));
  }
}
