package dev.varve.server.writer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class ReadPoolTest {

  /** It threw, which ended the storage loop of a server that was stopped under load. */
  @Test
  void dropsWhatIsAskedForWhenItIsClosed() {
    AtomicInteger ran = new AtomicInteger();
    ReadPool pool = new ReadPool(1);
    pool.execute(ran::incrementAndGet);
    pool.close();
    pool.execute(ran::incrementAndGet);
    assertEquals(1, ran.get());
  }
}
