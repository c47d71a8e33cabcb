package dev.varve.server.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.varve.server.datatype.Effects;
import dev.varve.server.datatype.KeyLayout;
import dev.varve.storage.WriteBatch;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/**
 * What no command may forget: of each key that its batch changes it says what it has done to it, by
 * {@link dev.varve.server.datatype.Keyspace#happened}.
 */
final class NamedKeys {
  private static final byte KEYS = KeyLayout.keyOf(0, new byte[0])[0];

  /** Fails if a batch changes a key that no event is of. */
  void check(WriteBatch batch, Effects effects) {
    Set<String> changed = new HashSet<>();
    batch.forEach(
        new WriteBatch.PartialVisitor() {
          @Override
          public void point(
              byte kind,
              long sequence,
              byte[] bytes,
              int keyOffset,
              int keyLength,
              int valueOffset,
              int valueLength) {
            if (bytes[keyOffset] == KEYS) {
              int from = keyOffset + KeyLayout.USER_KEY_OFFSET;
              changed.add(text(bytes, from, keyOffset + keyLength - from));
            }
          }
        });
    Set<String> told = new HashSet<>();
    effects.tell(
        (event, database, keys, offset, length) -> told.add(text(keys, offset, length)), -1);
    assertTrue(
        told.containsAll(changed),
        () -> "changed are " + changed + ", events are of " + told + ": see Keyspace.happened");
  }

  private static String text(byte[] bytes, int offset, int length) {
    return new String(bytes, offset, length, StandardCharsets.ISO_8859_1);
  }
}
