package dev.varve.server.bootstrap;

import dev.varve.server.config.Configuration;
import dev.varve.server.config.Settings;
import dev.varve.server.datatype.EventClass;
import dev.varve.server.datatype.EventSelection;
import dev.varve.server.datatype.KeyMisses;
import dev.varve.server.pubsub.Channels;
import dev.varve.server.pubsub.KeyspaceEvents;
import dev.varve.server.writer.EffectConsumers;
import java.util.Set;

/**
 * What is published of what happens to keys, as it is set by {@code notify-keyspace-events}. Owned
 * by the storage thread.
 */
final class SelectedEvents {
  private final Configuration configuration;
  private final EffectConsumers effects;
  private final Channels channels;
  private final KeyMisses keyMisses;
  private EventSelection selected = new EventSelection(false, false, Set.of());

  /** Publishes what is selected; null: nothing has been so far. */
  private KeyspaceEvents events;

  SelectedEvents(
      Configuration configuration,
      EffectConsumers effects,
      Channels channels,
      KeyMisses keyMisses) {
    this.configuration = configuration;
    this.effects = effects;
    this.channels = channels;
    this.keyMisses = keyMisses;
  }

  /** Has those events published that are set now, from the next step on. */
  void follow() {
    EventSelection selection = configuration.get(Settings.KEYSPACE_EVENTS);
    if (selection.equals(selected)) {
      return;
    }
    selected = selection;
    effects.remove(events);
    keyMisses.tell(null);
    if (selection.isNone()) {
      return;
    }
    events = new KeyspaceEvents(channels, selection);
    effects.add(events, EffectConsumers.Stage.WHEN_VISIBLE, selection.classes());
    if (selection.classes().contains(EventClass.KEY_MISS)) {
      keyMisses.tell(events);
    }
  }
}
