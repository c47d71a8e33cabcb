package dev.varve.server.datatype;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.varve.storage.KeyBatch;
import dev.varve.storage.ReadView;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KeyWarmerTest {
  private final List<Integer> warmed = new ArrayList<>();
  private final KeyWarmer warmer = new KeyWarmer();

  /** A view that notes how many keys it was given, and has nothing else. */
  private final ReadView view =
      (ReadView)
          Proxy.newProxyInstance(
              ReadView.class.getClassLoader(),
              new Class<?>[] {ReadView.class},
              (proxy, method, arguments) -> {
                assertEquals("warm", method.getName());
                warmed.add(((KeyBatch) arguments[0]).size());
                return null;
              });

  private void add(int keys, int length) {
    ByteBuf key = Unpooled.copiedBuffer("k".repeat(length), US_ASCII);
    for (int i = 0; i < keys; i++) {
      warmer.add(0, key, 0, length);
    }
  }

  @Test
  void aMillionKeysOfOneRequestAreNotKept() {
    add(1_000_000, 10);
    warmer.warm(view);
    add(1, 10);
    warmer.warm(view);
    assertEquals(List.of(1024, 1), warmed);
  }

  @Test
  void longKeysAreLeftOut() {
    add(3, 256);
    add(3, 257);
    warmer.warm(view);
    assertEquals(List.of(3), warmed);
  }
}
