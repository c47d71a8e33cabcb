package dev.varve.server.network;

/**
 * Thrown where a reply becomes larger than the read pool holds: what was written of it is dropped,
 * and the command runs again on a thread that sends it piece by piece ({@link ReplyStreams}). Part
 * of ordinary work: it has no stack.
 */
final class NeedsStream extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NeedsStream() {
    super("the reply is sent piece by piece", null, false, false);
  }
}
