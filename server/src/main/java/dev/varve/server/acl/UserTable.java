package dev.varve.server.acl;

import dev.varve.server.datatype.KeptMemory;
import dev.varve.server.dispatch.AclLog;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.CommandTable;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.User;
import dev.varve.server.dispatch.Users;
import dev.varve.server.pubsub.SubscriptionKind;
import dev.varve.server.pubsub.Subscriptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The users of a server. At first there is the default one, who needs no password for anything. */
public final class UserTable implements Users {
  private static final Logger LOG = LoggerFactory.getLogger(UserTable.class);

  private final KnownCommands known;
  private final BooleanSupplier allChannels;
  private final AclLog log;
  private final KeptMemory memory;
  private final User defaultUser;

  /** By their names; their permissions are {@link UserRules}, one and all. */
  private final Map<String, User> users = new ConcurrentSkipListMap<>();

  /** Names that the configuration has defined. */
  private final Set<String> defined = new HashSet<>();

  /** Null: there are none yet. */
  private volatile ClientRegistry clients;

  /** Null: they are kept in no file. */
  private String file;

  private Path folder;

  /**
   * Makes the default user.
   *
   * @param commands by their own names
   * @param allChannels whether who is made may use all channels at first
   * @param log notes what is refused
   * @param memory is charged for users and their rules
   */
  public UserTable(
      CommandTable commands, BooleanSupplier allChannels, AclLog log, KeptMemory memory) {
    this.known = new KnownCommands(commands);
    this.allChannels = allChannels;
    this.log = log;
    this.memory = memory;
    this.defaultUser = new User(User.DEFAULT, almighty());
    users.put(User.DEFAULT, defaultUser);
  }

  private UserRules almighty() {
    UserRulesDraft draft = newDraft();
    try {
      for (String rule : List.of("+@all", "~*", "&*", "on", "nopass")) {
        draft.apply(rule);
      }
    } catch (BadRuleException e) {
      throw new IllegalStateException(e);
    }
    return draft.build();
  }

  private UserRulesDraft newDraft() {
    return new UserRulesDraft(known, allChannels.getAsBoolean());
  }

  private static UserRules rules(User user) {
    return (UserRules) user.permissions();
  }

  @Override
  public User defaultUser() {
    return defaultUser;
  }

  @Override
  public boolean defaultNeedsNoPassword() {
    return rules(defaultUser).needsNoPassword();
  }

  @Override
  public boolean askForPassword() {
    UserRules rules = rules(defaultUser);
    return !rules.needsNoPassword() || !rules.enabled();
  }

  @Override
  public User find(String name) {
    return users.get(name);
  }

  @Override
  public User authenticated(String name, byte[] password) {
    User user = users.get(name);
    return user != null && rules(user).accepts(password) ? user : null;
  }

  @Override
  public List<String> names() {
    return List.copyOf(users.keySet());
  }

  @Override
  public List<String> lines() {
    return users.values().stream()
        .map(user -> "user " + user.name() + " " + rules(user).line())
        .toList();
  }

  @Override
  public Description describe(String name) {
    User user = users.get(name);
    return user == null ? null : rules(user).describe();
  }

  @Override
  public AclLog log() {
    return log;
  }

  /** Sets the default user's password, beside which there is no other; empty: he needs none. */
  public synchronized void defaultPassword(String password) {
    UserRulesDraft draft = draftOf(defaultUser);
    try {
      draft.apply("resetpass");
      draft.apply(password.isEmpty() ? "nopass" : ">" + password);
    } catch (BadRuleException e) {
      throw new IllegalStateException(e);
    }
    UserRules next = draft.build();
    memory.give(rules(defaultUser).bytes() - next.bytes());
    defaultUser.permissions(next);
  }

  private UserRulesDraft draftOf(User user) {
    return new UserRulesDraft(rules(user), known, allChannels.getAsBoolean());
  }

  @Override
  public synchronized String change(String name, List<String> words, Session by) {
    RuleWords rules = RuleWords.of(words);
    if (rules.open() != null) {
      return "Unmatched parenthesis in acl selector starting at '" + rules.open() + "'.";
    }
    User user = users.get(name);
    UserRulesDraft draft = user == null ? newDraft() : draftOf(user);
    for (String rule : rules.rules()) {
      try {
        draft.apply(rule);
      } catch (BadRuleException e) {
        return "Error in ACL SETUSER modifier '" + shown(rule) + "': " + e.getMessage();
      }
    }
    UserRules next = draft.build();
    if (!memory.take(charge(name, next) - (user == null ? 0 : charge(name, rules(user))))) {
      return NO_MEMORY;
    }
    if (user == null) {
      users.put(name, new User(name, next));
    } else {
      UserRules before = rules(user);
      user.permissions(next);
      closeSubscribers(user, before, next, by);
    }
    return null;
  }

  /** What is charged for a user. That of the default one's first rules was never taken. */
  private static long charge(String name, UserRules rules) {
    return rules.bytes() + 2L * name.length();
  }

  /** A rule up to a zero byte, where a text ends in C. */
  private static String shown(String rule) {
    int end = rule.indexOf('\0');
    return end < 0 ? rule : rule.substring(0, end);
  }

  /**
   * Defines a user by a line of the configuration, at the start: the default one anew.
   *
   * @return what is wrong; null if he is there
   */
  public synchronized String define(String name, List<String> words) {
    if (UserRules.hasBlanks(name)) {
      return "Spaces not allowed in ACL usernames";
    }
    if (!defined.add(name)) {
      return "Duplicate user found. A user can only be defined once in config files";
    }
    List<String> rules = new ArrayList<>();
    if (name.equals(User.DEFAULT)) {
      rules.add("reset");
    }
    rules.addAll(words);
    String error = change(name, rules, null);
    if (error == null && !rules(users.get(name)).enabled()) {
      LOG.info(
          "The user '{}' is disabled (there is no 'on' in its description): nobody can log in by"
              + " this name",
          name);
    }
    return error;
  }

  @Override
  public synchronized int remove(List<String> names, Session by) {
    int removed = 0;
    for (String name : names) {
      User user = users.remove(name);
      if (user != null) {
        removed++;
        memory.give(charge(name, rules(user)));
        close(user, by);
      }
    }
    return removed;
  }

  /** Sets the connections, which are closed once their users may not have them any more. */
  public void clients(ClientRegistry connections) {
    clients = connections;
  }

  private List<Session> sessions() {
    return clients == null ? List.of() : clients.sessions();
  }

  /** Who is still connected as somebody may do nothing any more, and is closed. */
  private void close(User user, Session by) {
    user.permissions(new UserRulesDraft(known, false).build());
    for (Session session : sessions()) {
      if (session.user() == user) {
        close(session, by);
      }
    }
  }

  private void close(Session session, Session by) {
    if (session == by) {
      session.requestClose();
    } else {
      clients.kill(session);
    }
  }

  /** Closes those who subscribe to what they may not any more. */
  private void closeSubscribers(User user, UserRules before, UserRules next, Session by) {
    if (next.selectors().stream().anyMatch(Selector::allChannels) || keepsChannels(before, next)) {
      return;
    }
    for (Session session : sessions()) {
      Subscriptions its = session.subscriptions();
      if (session.user() == user && its != null && !allowsAll(next, its)) {
        close(session, by);
      }
    }
  }

  private static boolean keepsChannels(UserRules before, UserRules next) {
    Set<String> kept = new HashSet<>();
    for (Selector selector : next.selectors()) {
      selector.channels().forEach(channel -> kept.add(channel.text()));
    }
    return before.selectors().stream()
        .allMatch(
            selector ->
                !selector.allChannels()
                    && selector.channels().stream().allMatch(c -> kept.contains(c.text())));
  }

  private static boolean allowsAll(UserRules rules, Subscriptions subscriptions) {
    for (SubscriptionKind kind : SubscriptionKind.values()) {
      for (byte[] name : subscriptions.of(kind)) {
        boolean isPattern = kind == SubscriptionKind.PATTERN;
        if (rules.selectors().stream().noneMatch(its -> its.allowsChannel(name, isPattern))) {
          return false;
        }
      }
    }
    return true;
  }

  /**
   * Sets the file that users are kept in.
   *
   * @param from where a relative name begins
   */
  public synchronized void file(String name, Path from) {
    file = name;
    folder = from;
  }

  @Override
  public synchronized boolean haveFile() {
    return file != null;
  }

  @Override
  public synchronized String load(Session by) {
    UserFile source = new UserFile(file, folder);
    Map<String, UserRules> loaded = source.read(known, allChannels.getAsBoolean());
    if (loaded == null) {
      return source.errors();
    }
    loaded.putIfAbsent(User.DEFAULT, almighty());
    List<User> old = new ArrayList<>(users.values());
    long more = 0;
    for (Map.Entry<String, UserRules> each : loaded.entrySet()) {
      more += charge(each.getKey(), each.getValue());
    }
    for (User user : old) {
      more -= charge(user.name(), rules(user));
    }
    if (!memory.take(more)) {
      return NO_MEMORY;
    }
    defaultUser.permissions(loaded.remove(User.DEFAULT));
    users.keySet().retainAll(Set.of(User.DEFAULT));
    loaded.forEach((name, its) -> users.put(name, new User(name, its)));
    for (User user : old) {
      if (user != defaultUser) {
        close(user, by);
      }
    }
    return null;
  }

  @Override
  public synchronized boolean save() {
    try {
      new UserFile(file, folder).write(lines());
      return true;
    } catch (IOException e) {
      LOG.warn("The users could not be written to {}", file, e);
      return false;
    }
  }
}
