package dev.varve.server.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;
import java.util.function.Consumer;

/** The other end of a connection: what it sends arrives when it is told to, in pieces. */
final class SimulatedClient {
  private final EmbeddedChannel channel = new EmbeddedChannel();
  private final SteppedLoop loop;
  private final StringBuilder wire = new StringBuilder();
  private final Resp received = new Resp();
  private final Deque<Sent> unanswered = new ArrayDeque<>();

  /** What takes messages that answer nothing; null: there are none. */
  private Consumer<Object> messages;

  /** What takes pushes. */
  private Consumer<Resp.Push> pushes =
      push -> {
        throw new AssertionError("nobody has asked for " + push);
      };

  /** A request that isn't answered. */
  private record Sent(String[] words, Consumer<Object> reply) {}

  SimulatedClient(SteppedLoop loop) {
    this.loop = loop;
  }

  EmbeddedChannel channel() {
    return channel;
  }

  SteppedLoop loop() {
    return loop;
  }

  /** Takes what comes for messages from now on. */
  void listen(Consumer<Object> its) {
    messages = its;
  }

  /** Takes pushes from now on, which come between replies. */
  void listenBeside(Consumer<Resp.Push> its) {
    pushes = its;
  }

  boolean isIdle() {
    return unanswered.isEmpty();
  }

  int unanswered() {
    return unanswered.size();
  }

  /** Returns the request that is to be answered next. */
  String[] first() {
    return unanswered.element().words;
  }

  void send(Consumer<Object> reply, String... words) {
    StringBuilder request = new StringBuilder("*" + words.length + "\r\n");
    for (String word : words) {
      request.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
    }
    wire.append(request);
    if (messages == null) {
      unanswered.add(new Sent(words, reply));
    }
  }

  /** Whether something is on its way, and will be taken. */
  boolean hasToArrive() {
    return !wire.isEmpty() && channel.isOpen() && channel.config().isAutoRead();
  }

  /** In a turn of its loop: some of what was sent arrives. */
  void arrive(Random random) {
    if (!hasToArrive()) {
      return;
    }
    int length = random.nextInt(3) == 0 ? 1 + random.nextInt(wire.length()) : wire.length();
    ByteBuf bytes = Unpooled.copiedBuffer(wire.substring(0, length), StandardCharsets.ISO_8859_1);
    wire.delete(0, length);
    channel.writeInbound(bytes);
  }

  /** Takes what it was sent. */
  void take() {
    for (ByteBuf bytes = channel.readOutbound(); bytes != null; bytes = channel.readOutbound()) {
      received.add(bytes.toString(StandardCharsets.ISO_8859_1));
      bytes.release();
    }
    for (Object value = received.isEmpty() ? null : received.next();
        value != null;
        value = received.next()) {
      if (messages != null) {
        messages.accept(value);
        continue;
      }
      if (value instanceof Resp.Push push) {
        pushes.accept(push);
        continue;
      }
      Sent request = unanswered.poll();
      if (request == null) {
        throw new AssertionError("nothing was asked that is answered by " + value);
      }
      try {
        request.reply.accept(value);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            String.join(" ", request.words) + " is answered by " + value + ": " + e.getMessage(),
            e);
      }
    }
  }

  /** Goes, whatever it waits for. */
  void close() {
    var _ = channel.close();
    unanswered.clear();
    wire.setLength(0);
  }
}
