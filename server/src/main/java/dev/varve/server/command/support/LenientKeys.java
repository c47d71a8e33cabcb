package dev.varve.server.command.support;

import dev.varve.protocol.Request;
import dev.varve.server.dispatch.CommandSpec;
import dev.varve.server.dispatch.KeySpec;
import java.util.Set;

/** The keys of a request that tells badly how many there are. */
public final class LenientKeys {
  private LenientKeys() {}

  /**
   * Hands over the index of each key. As Redis does, it takes the number that the argument begins
   * with, and says nothing of what is done with the keys.
   *
   * @param offset where in the request the command begins
   */
  public static void forEach(
      CommandSpec command, Request request, int offset, KeySpec.KeyConsumer action) {
    for (KeySpec spec : command.keySpecs()) {
      if (!(spec.begin() instanceof KeySpec.AtIndex(int begin)
          && spec.find() instanceof KeySpec.Counted(int number, int first, int step))) {
        continue;
      }
      int firstKey = offset + begin + first;
      int counter = offset + begin + number;
      if (counter >= request.argumentCount()) {
        return;
      }
      int count = Arguments.leadingInt(request.argumentBytes(counter));
      if (count < 1 || count > (request.argumentCount() - firstKey) / step) {
        return;
      }
      for (int i = 0; i < count; i++) {
        action.accept(firstKey + i * step, Set.of());
      }
      for (KeySpec other : command.keySpecs()) {
        if (!other.equals(spec) && other.begin() instanceof KeySpec.AtIndex(int index)) {
          action.accept(offset + index, Set.of());
        }
      }
    }
  }
}
