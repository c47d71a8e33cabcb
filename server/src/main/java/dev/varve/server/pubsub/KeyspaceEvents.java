package dev.varve.server.pubsub;

import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.EventSelection;
import dev.varve.server.datatype.KeyEvent;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Publishes what happens to keys, as Redis's keyspace notifications: to the channel {@code
 * __keyspace@db__:key} the event, to {@code __keyevent@db__:event} the key. It is told when what
 * has happened is visible, so who is told of it can read it. Safe for use by many threads.
 */
public final class KeyspaceEvents implements Effects.Listener {
  /** What is told when it is told has happened for all to see. */
  private static final long VISIBLE = 0;

  private final Channels channels;
  private final EventSelection selection;

  /** Makes one that publishes what was selected. */
  public KeyspaceEvents(Channels channels, EventSelection selection) {
    this.channels = channels;
    this.selection = selection;
  }

  @Override
  public void happened(KeyEvent event, int database, byte[] keys, int offset, int length) {
    if (channels.isSilent()) {
      return;
    }
    byte[] name = event.eventName().getBytes(StandardCharsets.ISO_8859_1);
    byte[] key = Arrays.copyOfRange(keys, offset, offset + length);
    if (selection.byKey()) {
      publish("__keyspace@" + database + "__:", key, name);
    }
    if (selection.byEvent()) {
      publish("__keyevent@" + database + "__:", name, key);
    }
  }

  private void publish(String prefix, byte[] rest, byte[] payload) {
    byte[] channel =
        Arrays.copyOf(prefix.getBytes(StandardCharsets.ISO_8859_1), prefix.length() + rest.length);
    System.arraycopy(rest, 0, channel, prefix.length(), rest.length);
    channels.publish(SubscriptionKind.CHANNEL, channel, payload, VISIBLE);
  }
}
