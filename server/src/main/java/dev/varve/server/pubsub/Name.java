package dev.varve.server.pubsub;

import java.util.Arrays;

/** The name of a channel, or a pattern of such names. Immutable; its bytes are its own. */
final class Name {
  private final byte[] bytes;
  private final int hash;

  Name(byte[] bytes) {
    this.bytes = bytes;
    this.hash = Arrays.hashCode(bytes);
  }

  byte[] bytes() {
    return bytes;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Name name && hash == name.hash && Arrays.equals(bytes, name.bytes);
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
