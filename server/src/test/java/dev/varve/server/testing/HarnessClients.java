package dev.varve.server.testing;

import dev.varve.server.dispatch.ClientMemory;
import dev.varve.server.dispatch.ClientPause;
import dev.varve.server.dispatch.ClientRegistry;
import dev.varve.server.dispatch.ClientStream;
import dev.varve.server.dispatch.Session;
import dev.varve.server.dispatch.User;
import dev.varve.server.pubsub.Push;
import dev.varve.server.pubsub.Subscriber;
import dev.varve.server.pubsub.Subscriptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The connections of a {@link CommandHarness}: sessions without a network. Not thread-safe. */
final class HarnessClients implements ClientRegistry {
  private final List<Session> sessions = new ArrayList<>();
  private final Map<Session, Subscriber> subscribers = new HashMap<>();

  /** Opens a connection of a user. */
  Session connect(User user, boolean authenticated) {
    int id = sessions.size() + 1;
    Session session =
        new Session(
            id,
            new Session.Place("127.0.0.1:" + (40_000 + id), "127.0.0.1:6379", false, id),
            System.currentTimeMillis(),
            user,
            authenticated);
    sessions.add(session);
    return session;
  }

  @Override
  public List<Session> sessions() {
    return List.copyOf(sessions);
  }

  @Override
  public Subscriber subscriber(Session session) {
    return subscribers.computeIfAbsent(session, Receiver::new);
  }

  @Override
  public Subscriber subscriber(long id) {
    return sessions.stream()
        .filter(session -> session.id() == id)
        .map(this::subscriber)
        .findFirst()
        .orElse(null);
  }

  @Override
  public ClientStream stream(Session session) {
    throw new UnsupportedOperationException("there are no connections");
  }

  @Override
  public ClientMemory memory(Session client) {
    return ClientMemory.NONE;
  }

  @Override
  public void kill(Session session) {
    sessions.remove(session);
  }

  @Override
  public void pause(ClientPause.Mode mode, long millis) {
    throw new UnsupportedOperationException("there are no other clients");
  }

  @Override
  public void unpause() {
    throw new UnsupportedOperationException("there are no other clients");
  }

  /** Subscribes; that its messages arrive takes a connection. */
  private record Receiver(Session session) implements Subscriber {
    @Override
    public Subscriptions subscriptions() {
      return session.beginSubscriptions();
    }

    @Override
    public void deliver(Push push) {}
  }
}
