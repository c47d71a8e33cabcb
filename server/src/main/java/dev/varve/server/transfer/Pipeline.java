package dev.varve.server.transfer;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;

/**
 * Sends requests to a server without waiting for each one's reply, of which only errors matter. At
 * most two batches have no replies yet, so neither side keeps more. Not thread-safe.
 */
final class Pipeline {
  private static final int MOST_REQUESTS = 256;
  private static final int MOST_BYTES = 256 << 10;

  private static final int MOST_PRINTED = 100;

  private final Link link;

  /** What the requests that have no replies yet are about; the batch that is sent, then another. */
  private final ArrayDeque<String> sent = new ArrayDeque<>();

  private int batch;
  private int batchBytes;
  private int before;

  Pipeline(Link link) {
    this.link = link;
  }

  /**
   * Begins a request, whose arguments follow.
   *
   * @param about what it is about, for the case that it fails
   * @param bytes about how many it has
   * @throws RefusedException if an earlier one was answered with an error
   */
  RequestOutput begin(String about, long bytes, int arguments) throws IOException {
    if (batch == MOST_REQUESTS || batchBytes >= MOST_BYTES) {
      turn();
    }
    sent.add(about);
    batch++;
    batchBytes = (int) Math.min(Integer.MAX_VALUE, batchBytes + bytes);
    link.out().begin(arguments);
    return link.out();
  }

  /**
   * Sends a request as it was read.
   *
   * @throws RefusedException if an earlier one was answered with an error
   */
  void forward(CommandInput request) throws IOException {
    byte[][] arguments = request.arguments();
    String about = request.word(0);
    if (arguments.length > 1) {
      int length = Math.min(MOST_PRINTED, arguments[1].length);
      about += " " + new String(arguments[1], 0, length, StandardCharsets.ISO_8859_1);
    }
    RequestOutput out = begin(about, request.bytes(), arguments.length);
    for (byte[] argument : arguments) {
      out.argument(argument);
    }
  }

  /** Sends the batch, and reads the replies to the one before. */
  private void turn() throws IOException {
    link.out().flush();
    read(before);
    before = batch;
    batch = 0;
    batchBytes = 0;
  }

  private void read(int replies) throws IOException {
    for (int i = 0; i < replies; i++) {
      try {
        link.in().reply();
        sent.remove();
      } catch (RefusedException e) {
        throw new RefusedException(sent.remove() + ": " + e.getMessage());
      }
    }
  }

  /**
   * Waits for all replies.
   *
   * @throws RefusedException if one is an error
   */
  void finish() throws IOException {
    turn();
    turn();
  }
}
